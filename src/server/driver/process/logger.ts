/** The most bytes of one read of the logger. */
const readBytes = 64 * 1024;
/** The most reads until the logger looks at the size of the log. */
const mostReads = 64;

/** The smallest limit of a log, in bytes. */
const smallestOutputBytes = 4 * readBytes;

/** The arguments of the logger for a limit of the output, in bytes. */
export function loggerArguments(log: string, outputLimitBytes: number): readonly string[] {
  const limit = Math.max(smallestOutputBytes, outputLimitBytes);
  const reads = Math.min(mostReads, Math.floor(limit / 4 / readBytes));
  const halfBytes = Math.floor(limit / 2) - reads * readBytes;
  return [loggerScript, log, String(halfBytes), String(reads)];
}

/**
 * Appends the output of a program to its log as soon as it arrives. When half of the limit is reached, moves the log to
 * `LOG.1` and begins a new one, so that both together stay within the limit. It outlives the server, and does not need it.
 * On a full disk, and after a release has moved the folder away, it drops output: it never stops the program. It ends when
 * no process has the pipe open.
 */
const loggerScript = `
exec >/dev/null
log=$1 half=$2 reads=$3
while :; do
  size=$(wc -c <"$log" || echo 0)
  if [ "$size" -ge "$half" ]; then mv -f "$log" "$log.1"; fi
  summary=$(dd bs=${readBytes} count="$reads" 2>&1 >>"$log") ||
    summary=$(dd bs=${readBytes} count=1 2>&1 >/dev/null) || exit 1
  case $summary in 0+0*) exit 0 ;; esac
done 2>/dev/null`;
