/** An argument of a command as a POSIX shell takes it: quoted where a name in it has more than letters and the like. */
export function quoteArgument(text: string): string {
  return /^[\w.,:=@/+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
