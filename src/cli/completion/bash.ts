/** Completion in bash: a function that reads the words before the cursor. Also for the bash 3.2 of macOS. */
import { allOptions, type CompletionTree, type Place } from './tree.ts';

export function bashCompletion(tree: CompletionTree): string {
  const valued = allOptions(tree).filter(({ value }) => value !== undefined);
  const flags = (list: readonly { readonly flags: readonly string[] }[]): string => list.flatMap((each) => each.flags).join(' ');
  const paths = tree.spots.filter(({ path }) => path !== '').map(({ path }) => `'${path}'`);
  return `\
# Completion of lpa in bash, made by \`lpa completion bash\`: make it anew when lpa was updated.
_lpa() {
  local line=\${COMP_LINE:0:COMP_POINT} words=() word path= rest=0 option= cur last
  COMPREPLY=()
  # bash breaks words at = and : too; what stands together is put together again.
  for word in "\${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
    last=$((\${#words[@]} - 1))
    if [[ $last -ge 0 && $line != [[:space:]]* ]]; then words[$last]+=$word; else words+=("$word"); fi
    line=\${line#"\${line%%[![:space:]]*}"}
    line=\${line#"$word"}
  done
  last=$((\${#words[@]} - 1))
  cur=\${words[$last]}
  for word in "\${words[@]:1:last-1}"; do
    if [[ -n $option ]]; then option=; continue; fi
    case $word in
      ${valued.flatMap((each) => each.flags).join('|')}) option=$word; continue ;;
      -?*) continue ;;
      profile) if [[ -z $path && $rest = 0 ]]; then continue; fi ;;
    esac
    case "$rest/\${path:+$path }$word" in
      ${paths.map((path) => `0/${path}`).join('|')}) path="\${path:+$path }$word" ;;
      *) rest=$((rest + 1)) ;;
    esac
  done
  if [[ -z $option && $cur = --*=* ]]; then option=\${cur%%=*} cur=\${cur#*=}; fi
  case $option in
${valued.map((each) => `    ${each.flags.join('|')}) ${offer(each.value ?? 'unknown')}; return ;;`).join('\n')}
  esac
  if [[ $cur = -* ]]; then
    local options='${flags(tree.globalOptions)}'
    case $path in
${tree.spots
  .filter(({ options }) => options.length > 0)
  .map(({ path, options }) => `      '${path}') options+=' ${flags(options)}' ;;`)
  .join('\n')}
    esac
    _lpa_words "$options"
    return
  fi
  case "$path/$rest" in
${tree.spots
  .filter(({ next }) => next !== 'unknown')
  .map(({ path, next }) => `    '${path}/'${next === 'file' ? '*' : '0'}) ${offer(next)} ;;`)
  .join('\n')}
    *) _lpa_words '' ;;
  esac
}

# Words, and no files where none of them fits.
_lpa_words() {
  COMPREPLY=($(compgen -W "$1" -- "$cur"))
  compopt +o default 2>/dev/null
}

complete -o default -F _lpa lpa`;
}

function offer(place: Place): string {
  // What is left empty is completed by bash itself, with files.
  if (place === 'file') return ':';
  if (place === 'folder') return 'compopt +o default -o dirnames 2>/dev/null';
  return `_lpa_words '${place === 'unknown' ? '' : place.words.map(({ word }) => word).join(' ')}'`;
}
