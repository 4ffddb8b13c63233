import { findProgram, type HostInterpreter, systemMounts } from './host-root.js';
import { NamespaceSandbox } from './namespace-sandbox.js';
import { WORK_FOLDER } from './supervisor.js';

/**
 * Makes the sandbox's root in a tmpfs that only its own mount namespace sees, turns to it, lets go of the host's root
 * and of every capability, and becomes the supervisor. Arguments: the work folder's size, the number of links and their
 * targets and paths, the number of folders and their paths, the supervisor's command line.
 */
const SETUP = `
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
fail() { printf 'failed %s\\n' "$1" >&3; exit 125; }
trap 'fail "the sandbox root could not be made (line $LINENO)"' ERR
SIZE=$1 LINKS=$2; shift 2
mount -t tmpfs -o size=1m,mode=755 root /tmp
cd /tmp
mkdir proc dev dev/shm tmp etc .old .${WORK_FOLDER}
for ((I = 0; I < LINKS; I++)); do ln -s "$1" ".$2"; shift 2; done
FOLDERS=$1; shift
for ((I = 0; I < FOLDERS; I++)); do
  if [ -d "$1" ]; then mkdir -p ".$1"; else mkdir -p ".\${1%/*}"; : > ".$1"; fi
  mount --rbind "$1" ".$1"
  # What is mounted below came along, and is made read-only one by one.
  while read -r _ D _; do
    case $D in "/tmp$1"|"/tmp$1"/*) ;; *) continue ;; esac
    mount -o remount,bind,ro,nosuid,nodev "$D" 2>/dev/null || mount -o remount,bind,ro,nosuid,nodev,noatime "$D"
  done < /proc/self/mounts
  shift
done
for D in null zero full random urandom tty; do : > dev/$D; mount --bind /dev/$D dev/$D; done
ln -s /proc/self/fd dev/fd; ln -s fd/0 dev/stdin; ln -s fd/1 dev/stdout; ln -s fd/2 dev/stderr
mount -t proc -o nosuid,nodev,noexec proc proc
echo 0 > proc/sys/user/max_user_namespaces
for D in sys irq bus sysrq-trigger; do
  [ -e proc/$D ] || continue
  mount --bind proc/$D proc/$D; mount -o remount,bind,ro,nosuid,nodev,noexec proc/$D
done
for D in .${WORK_FOLDER} tmp dev/shm; do mount -t tmpfs -o "size=$SIZE,mode=1777,nosuid,nodev" work $D; done
hostname sandbox 2>/dev/null || :
pivot_root . .old
cd /
umount -l /.old
rmdir /.old
mount -o remount,bind,ro,nosuid,nodev /
trap - ERR
cd ${WORK_FOLDER}
exec setpriv --bounding-set=-all --inh-caps=-all --no-new-privs "$@"
`;

/** Linux namespaces made by util-linux's `unshare`, where there is no bubblewrap. */
export class UnshareSandbox extends NamespaceSandbox {
  readonly name = 'unshare';
  protected readonly needs = ['unshare', 'bash', 'setpriv', 'tar', 'mount', 'pivot_root'];
  protected readonly howToInstall = 'install bubblewrap or Docker (or util-linux, for unshare and setpriv)';

  protected monitor(interpreter: HostInterpreter, diskBytes: number): string[] {
    const { links, folders } = systemMounts();
    const all = folders.concat(interpreter.folders);
    return [
      findProgram('unshare') ?? 'unshare',
      ...['--user', '--map-root-user', '--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child'],
      ...['--net', '--ipc', '--uts', '--cgroup'],
      ...[findProgram('bash') ?? 'bash', '--norc', '--noprofile', '-c', SETUP, 'setup', String(diskBytes)],
      ...[String(links.length), ...links.flat(), String(all.length), ...all],
    ];
  }
}
