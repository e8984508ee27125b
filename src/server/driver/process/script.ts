/** The start script ends with this when the operation has a process already. */
export const takenCode = 75;

/**
 * What `sh` runs to become a sandbox's process: `sh -c SCRIPT sh PROCESS_FILE COMMAND…`. It publishes its own pid and
 * start before it becomes the command, so that a server that went down in the middle finds the process again. The link
 * is atomic and exclusive: of two starts of one operation only one goes on, whoever began them. Paths are absolute, so
 * that the link fails once a release has moved the folder away. Closing descriptor 3 says that it is done.
 */
export const startScript = (setStart: string) => `
file=$1
shift
${setStart}
printf '%s %s\\n' $$ "$start" >"$file.$$" || exit 74
if ! ln "$file.$$" "$file"; then
  rm -f "$file.$$"
  if [ -e "$file" ]; then exit ${takenCode}; fi
  exit 74
fi 2>/dev/null
rm -f "$file.$$"
exec 3>&-
exec "$@"`;
