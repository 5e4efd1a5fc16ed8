/** Completion in fish: a line for each thing that may be typed, with the condition under which it may. */
import { allOptions, type CompletedOption, type CompletionTree, type Place, type Spot } from './tree.ts';

export function fishCompletion(tree: CompletionTree): string {
  const valued = allOptions(tree).filter(({ value }) => value !== undefined);
  const paths = tree.spots.filter(({ path }) => path !== '').map(({ path }) => `'${path}'`);
  return `\
# Completion of lpa in fish, made by \`lpa completion fish\`: make it anew when lpa was updated.

# The command before the cursor, and how many words stand after it: 'notifications remove/2'.
function __lpa_spot
    set -l path
    set -l rest 0
    set -l option
    set -l words (commandline -opc)
    for word in $words[2..-1]
        if set -q option[1]
            set -e option
            continue
        end
        switch $word
            case ${valued.flatMap((each) => each.flags).join(' ')}
                set option $word
                continue
            case '-?*'
                continue
            case profile
                if test "$path/$rest" = /0
                    continue
                end
        end
        switch "$rest/"(string trim "$path $word")
            case ${paths.map((path) => path.replace("'", "'0/")).join(' ')}
                set path (string trim "$path $word")
            case '*'
                set rest (math $rest + 1)
        end
    end
    echo "$path/$rest"
end

# The command is this one, wherever behind it the cursor stands.
function __lpa_in
    string match -q -- "$argv[1]/*" (__lpa_spot)
end

# The cursor stands right behind these words.
function __lpa_at
    test "$argv[1]/0" = (__lpa_spot)
end

complete -c lpa -f
${tree.globalOptions.map((option) => optionLine(option)).join('\n')}
${tree.spots.flatMap(spotLines).join('\n')}`;
}

function spotLines({ path, next, options }: Spot): string[] {
  return [
    ...(next === 'file' ? [`complete -c lpa -n ${quoted(`__lpa_in ${quoted(path)}`)} -F`] : []),
    ...(next === 'folder' ? [`complete -c lpa -n ${quoted(`__lpa_at ${quoted(path)}`)} -a '(__fish_complete_directories)'`] : []),
    ...(typeof next === 'string'
      ? []
      : next.words.map(
          ({ word, summary }) =>
            `complete -c lpa -n ${quoted(`__lpa_at ${quoted(path)}`)} -a ${quoted(word)}${summary === '' ? '' : ` -d ${quoted(summary)}`}`,
        )),
    ...options.map((option) => optionLine(option, path)),
  ];
}

function optionLine({ flags, summary, value }: CompletedOption, path?: string): string {
  return [
    'complete -c lpa',
    ...(path === undefined ? [] : [`-n ${quoted(`__lpa_in ${quoted(path)}`)}`]),
    ...flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`)),
    ...(value === undefined ? [] : [`-r ${offer(value)}`]),
    `-d ${quoted(summary)}`,
  ].join(' ');
}

function offer(place: Place): string {
  if (place === 'file') return '-F';
  if (place === 'folder') return "-f -a '(__fish_complete_directories)'";
  return place === 'unknown' ? '-f' : `-f -a ${quoted(place.words.map(({ word }) => word).join(' '))}`;
}

/** fish knows two escapes between single quotes. */
const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
