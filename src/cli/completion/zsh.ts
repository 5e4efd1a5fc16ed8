/** Completion in zsh, with what each word means beside it. The script can be sourced, and can be a file of $fpath. */
import { allOptions, type CompletedOption, type CompletionTree, type Place, quoted } from './tree.ts';

export function zshCompletion(tree: CompletionTree): string {
  const valued = allOptions(tree).filter(({ value }) => value !== undefined);
  const paths = tree.spots.filter(({ path }) => path !== '').map(({ path }) => `'${path}'`);
  return `\
#compdef lpa
# Completion of lpa in zsh, made by \`lpa completion zsh\`: make it anew when lpa was updated.
_lpa() {
  local word path_= option= cur=\${words[CURRENT]}
  local -i rest=0
  local -a found
  for word in "\${(@)words[2,CURRENT-1]}"; do
    if [[ -n $option ]]; then option=; continue; fi
    case $word in
      ${valued.flatMap((each) => each.flags).join('|')}) option=$word; continue ;;
      -?*) continue ;;
      profile) if [[ -z $path_ && $rest = 0 ]]; then continue; fi ;;
    esac
    case "$rest/\${path_:+$path_ }$word" in
      ${paths.map((path) => `0/${path}`).join('|')}) path_="\${path_:+$path_ }$word" ;;
      *) rest=$((rest + 1)) ;;
    esac
  done
  if [[ -z $option && $cur = --*=* ]]; then option=\${cur%%=*}; compset -P 1 '*='; fi
  case $option in
${valued.map((each) => `    ${each.flags.join('|')}) ${offer(each.value ?? 'unknown', 'value')}; return ;;`).join('\n')}
  esac
  if [[ $cur = -* ]]; then
    found=(${tree.globalOptions.map(describedOption).join(' ')})
    case $path_ in
${tree.spots
  .filter(({ options }) => options.length > 0)
  .map(({ path, options }) => `      '${path}') found+=(${options.map(describedOption).join(' ')}) ;;`)
  .join('\n')}
    esac
    _describe -o option found
    return
  fi
  case "$path_/$rest" in
${tree.spots
  .filter(({ next }) => next !== 'unknown')
  .map(({ path, next }) => `    '${path}/'${next === 'file' ? '*' : '0'}) ${offer(next, 'word')} ;;`)
  .join('\n')}
  esac
}

if [[ $zsh_eval_context[-1] = loadautofunc ]]; then _lpa "$@"; else compdef _lpa lpa; fi`;
}

const described = (word: string, summary: string): string => quoted(summary === '' ? word : `${word}:${summary}`);

const describedOption = ({ flags, summary }: CompletedOption): string => flags.map((flag) => described(flag, summary)).join(' ');

function offer(place: Place, what: string): string {
  if (place === 'file') return '_files';
  if (place === 'folder') return '_files -/';
  if (place === 'unknown') return ':';
  return `found=(${place.words.map(({ word, summary }) => described(word, summary)).join(' ')}); _describe ${what} found`;
}
