/** The exit code of the start script when the operation already has a process. */
export const takenCode = 75;

/**
 * The script with which `sh` becomes a sandbox's process: `sh -c SCRIPT sh PROCESS_FILE COMMAND…`. It publishes its own
 * pid and start before it becomes the command, so that the process is found again after the server goes down. The link
 * is atomic and exclusive: of two starts of one operation only one continues, even if two servers began them. Paths are
 * absolute, so that the link fails after a release has moved the folder away. Closing descriptor 3 signals completion.
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
