// Starts the product itself with a data folder of its own, waits until it is ready and stops it by its
// process id. Nothing about pages belongs here.
import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const target = resolve(root, process.env.CARGO_TARGET_DIR || 'target');

/** The program under test. */
export function binary() {
  const path = process.env.KOMMUNAL_BIN || join(target, 'debug', 'kommunal');
  if (!existsSync(path)) throw new Error(`${path} fehlt. Bauen Sie zuerst: cargo build --locked -p kommunal`);
  return path;
}

/** A port of the loopback that is free now. */
export function freePort() {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.on('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

export class Server {
  /** `data`: keep using this folder (and leave it); otherwise a new one that goes with the server. */
  /** `host`: the name that pages are asked for by; passkeys are bound to a name and do not go with numbers. */
  static async start({ name = 'server', host = '127.0.0.1', data, port, args = ['--demo'], env = {}, program = binary(), seconds = 120 } = {}) {
    const server = new Server();
    // The root key lies beside the data: a folder around both.
    server.ownsData = !data;
    server.data = data ?? join(mkdtempSync(join(tmpdir(), 'kommunal-')), 'data');
    server.port = port ?? (await freePort());
    server.url = `http://${host}:${server.port}`;
    mkdirSync(join(root, 'target', 'logs'), { recursive: true });
    server.logFile = join(root, 'target', 'logs', `${name}.log`);
    server.output = '';
    const log = createWriteStream(server.logFile, { flags: 'a' });
    server.child = spawn(program, ['serve', '--data', server.data, '--listen', `127.0.0.1:${server.port}`, ...args], {
      cwd: root,
      env: { ...process.env, KOMMUNAL_BASE_URL: server.url, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [server.child.stdout, server.child.stderr]) {
      stream.on('data', (chunk) => {
        log.write(chunk);
        if (server.output.length < 1_000_000) server.output += chunk;
      });
    }
    server.closed = new Promise((done) => {
      server.child.on('error', (error) => done({ error }));
      server.child.on('close', (code, signal) => {
        log.end();
        done({ code, signal });
      });
    });
    let end;
    server.closed.then((e) => (end = e));
    const until = Date.now() + seconds * 1000;
    while (!(await server.ready())) {
      const why = end ? `endete mit ${JSON.stringify(end)}` : Date.now() > until ? `ist nach ${seconds} s nicht bereit` : null;
      if (why) {
        await server.stop();
        throw new Error(`Das Programm ${why}:\n${server.output.slice(-4000)}`);
      }
      await sleep(20);
    }
    return server;
  }

  async ready() {
    try {
      return (await fetch(`${this.url}/health`, { signal: AbortSignal.timeout(2000) })).status === 200;
    } catch {
      return false;
    }
  }

  /** At once, as a power cut of the process: nothing is flushed. */
  async kill() {
    this.child.kill('SIGKILL');
    return this.closed;
  }

  /** As an operator would, and the hard way after ten seconds. */
  async stop() {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill('SIGTERM');
      const timer = setTimeout(() => this.child.kill('SIGKILL'), 10_000);
      await this.closed;
      clearTimeout(timer);
    }
    if (this.ownsData) rmSync(dirname(this.data), { recursive: true, force: true });
  }
}
