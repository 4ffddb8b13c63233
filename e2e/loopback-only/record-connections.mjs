import dns from 'node:dns';
import { appendFileSync } from 'node:fs';
import net from 'node:net';

/** Preloaded into a process: writes down each host that it tries to reach or to look up. */
const file = process.env.AGENTOS_TEST_CONNECTIONS;
const note = (host) => appendFileSync(file, `${host}\n`);

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  const [first] = Array.isArray(args[0]) ? args[0] : args;
  if (typeof first === 'object' && first !== null && first.path === undefined) note(first.host ?? 'localhost');
  else if (typeof first === 'number') note(typeof args[1] === 'string' ? args[1] : 'localhost');
  return connect.apply(this, args);
};
for (const name of ['lookup', 'resolve', 'resolve4', 'resolve6']) {
  const original = dns[name];
  dns[name] = (host, ...rest) => {
    note(host);
    return original(host, ...rest);
  };
}
