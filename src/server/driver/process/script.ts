/** The exit code of the start script when the operation already has a process. */
export const takenCode = 75;

/**
 * The script with which `sh` becomes a sandbox's process:
 * `sh -c SCRIPT sh PROCESS_FILE CGROUP LOGGER LOG HALF_BYTES READS COMMAND…`. It publishes its own pid and start before it becomes
 * the command, so that the process is found again after the server goes down. The link is atomic and exclusive: of two starts
 * of one operation only one continues, even if two servers began them. Paths are absolute, so that the link fails after a
 * release has moved the folder away. After the link, the script also writes the content to descriptor 3, so that the server
 * need not open the file. It ignores that the server has exited meanwhile. Closing descriptor 3 signals completion.
 *
 * Before that, it starts the logger on the other end of a pipe, in a session of its own: the logger must survive the kill of
 * the program's group, or the last output would be lost. The logger is not a child of the program, and lacks its variables.
 */
export const startScript = (setStart: string) => `
file=$1 cgroup=$2 logger=$3 log=$4 half=$5 reads=$6
shift 6
mask=$(umask)
umask 077
${setStart}
pipe=$file.$$.pipe
mkfifo "$pipe" || exit 74
exec 4<>"$pipe" 5<"$pipe" 6>"$pipe" 4>&-
rm -f "$pipe"
start_logger() {
  (cd / && SANDBOX_ID= HOME=/ "$@" sh -c "$logger" sh "$log" "$half" "$reads" <&5 2>/dev/null 3>&- 5<&- 6>&- &)
}
if command -v setsid >/dev/null; then ready=$(start_logger setsid); else ready=$(start_logger env); fi
[ -z "$cgroup" ] || echo $$ >"$cgroup/cgroup.procs"
printf '%s %s\\n' $$ "$start" >"$file.$$" || exit 74
if ! ln "$file.$$" "$file"; then
  rm -f "$file.$$"
  if [ -e "$file" ]; then exit ${takenCode}; fi
  exit 74
fi 2>/dev/null
(trap '' PIPE; printf '%s %s\\n' $$ "$start" >&3) 2>/dev/null
rm -f "$file.$$"
umask "$mask"
exec >&6 2>&6 3>&- 5<&- 6>&-
exec "$@"`;
