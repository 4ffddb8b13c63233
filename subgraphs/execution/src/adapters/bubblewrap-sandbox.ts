import { findProgram, type HostInterpreter, SANDBOX_UID, systemMounts } from './host-root.js';
import { NamespaceSandbox } from './namespace-sandbox.js';
import { WORK_FOLDER } from './supervisor.js';

/** Linux namespaces made by bubblewrap. */
export class BubblewrapSandbox extends NamespaceSandbox {
  readonly name = 'bubblewrap';
  protected readonly needs = ['bwrap', 'bash', 'setpriv', 'tar'];
  protected readonly howToInstall = 'install bubblewrap (Debian, Ubuntu: apt-get install bubblewrap) or Docker';

  protected monitor(interpreter: HostInterpreter, diskBytes: number): string[] {
    const { links, folders } = systemMounts();
    const size = String(diskBytes);
    return [
      findProgram('bwrap') ?? 'bwrap',
      // Without a user namespace of its own, bubblewrap run by root keeps root's powers; the program gets none of either.
      ...['--unshare-all', '--unshare-user', '--disable-userns', '--cap-drop', 'ALL'],
      ...['--die-with-parent', '--new-session', '--as-pid-1', '--clearenv', '--hostname', 'sandbox'],
      ...['--uid', String(SANDBOX_UID), '--gid', String(SANDBOX_UID)],
      ...folders.concat(interpreter.folders).flatMap((folder) => ['--ro-bind', folder, folder]),
      ...links.flatMap(([target, path]) => ['--symlink', target, path]),
      ...['--proc', '/proc', '--dev', '/dev', '--size', size, '--tmpfs', '/dev/shm', '--remount-ro', '/dev'],
      ...['--size', size, '--tmpfs', WORK_FOLDER, '--size', size, '--tmpfs', '/tmp'],
      ...['--remount-ro', '/', '--chdir', WORK_FOLDER, '--'],
    ];
  }
}
