// Runs the pods of a Deployment with podman, and acts as Kubernetes' kubelet for them: it probes each container as its manifest says,
// counts it as ready or not, and restarts it when it doesn't live. Podman's own probes call curl inside the container.
// https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
'use strict';

const { execFile } = require('node:child_process');
const http = require('node:http');
const { setTimeout: sleep } = require('node:timers/promises');
const { promisify } = require('node:util');
const YAML = require('yaml');

const run = promisify(execFile);
const podman = async (...args) => (await run('podman', args)).stdout.trim();

// Returns whether a request to the pod is answered with a status from 200 to 399, as a probe counts it.
function get(host, port, path, timeoutMs) {
  return new Promise((resolve) => {
    const request = http.get({ host, port, path, agent: false, timeout: timeoutMs }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode >= 200 && response.statusCode < 400));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}

class Pod {
  // `objects` are those of the kustomization; all times are divided by `speed`, but for the timeouts of probes.
  constructor(objects, { deployment, name, image, speed = 1 }) {
    const { template } = objects.find((object) => object.kind === 'Deployment' && object.metadata.name === deployment).spec;
    const [container] = template.spec.containers;
    Object.assign(this, { name, container, speed, ready: false, readyTimes: 0, restarts: 0, ended: false });
    this.graceMs = (template.spec.terminationGracePeriodSeconds * 1000) / speed;
    const { startupProbe, livenessProbe, readinessProbe, ports, ...rest } = container;
    this.probes = { startup: startupProbe, liveness: livenessProbe, readiness: readinessProbe };
    this.ports = Object.fromEntries(ports.map(({ name, containerPort }) => [name, containerPort]));
    const spec = { ...template.spec, containers: [{ ...rest, image: image ?? rest.image }] };
    this.manifest = [
      ...objects.filter((object) => object.kind === 'ConfigMap'),
      { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: template.metadata.labels }, spec },
    ];
    this.id = `${name}-${container.name}`;
  }

  async start() {
    const playing = run('podman', ['kube', 'play', '-']);
    playing.child.stdin.end(this.manifest.map((object) => YAML.stringify(object)).join('---\n'));
    await playing;
    const infra = await podman('pod', 'inspect', '--format', '{{.InfraContainerID}}', this.name);
    const [network] = Object.values(JSON.parse(await podman('inspect', '--format', '{{json .NetworkSettings.Networks}}', infra)));
    this.address = network.IPAddress;
    this.watching = this.watch();
    return this;
  }

  probe({ httpGet, timeoutSeconds }) {
    return get(this.address, this.ports[httpGet.port] ?? httpGet.port, httpGet.path, timeoutSeconds * 1000);
  }

  // Succeeds and fails after as many probes in a row as the manifest says. `changed` gets each new result.
  async repeat(probe, changed, done) {
    for (let failures = 0; !this.ended && !done(); ) {
      if (await this.probe(probe)) {
        failures = 0;
        await changed(true);
      } else if (++failures >= (probe.failureThreshold ?? 3)) {
        failures = 0;
        await changed(false);
      }
      await sleep(((probe.periodSeconds ?? 10) * 1000) / this.speed);
    }
  }

  async watch() {
    while (!this.ended) {
      const before = await this.started();
      let up = false;
      await this.repeat(
        this.probes.startup,
        (ok) => (ok ? (up = true) : this.restart()),
        () => up,
      );
      let down = false;
      const over = () => down;
      await Promise.all([
        this.repeat(
          this.probes.liveness,
          async (ok) => {
            if (!ok) {
              await this.restart();
              down = true;
            }
          },
          over,
        ),
        this.repeat(this.probes.readiness, (ok) => this.count(ok), over),
        // Podman restarts a container that ended, as its policy says.
        this.until(async () => over() || (await this.started()) !== before).then(() => (down = true)),
      ]);
      this.count(false);
    }
  }

  count(ready) {
    if (ready && !this.ready) this.readyTimes++;
    this.ready = ready;
  }

  started() {
    return podman('inspect', '--format', '{{.State.StartedAt}}', this.id);
  }

  // Ends the process; podman starts it again, as the policy of pods of a Deployment says.
  async restart() {
    this.count(false);
    this.restarts++;
    const pid = await this.processId();
    process.kill(pid, 'SIGTERM');
    const ended = async () => (await this.processId()) !== pid;
    if (!(await this.until(ended, this.graceMs))) process.kill(pid, 'SIGKILL');
    await this.until(async () => ![0, pid].includes(await this.processId()), 30_000);
  }

  // Waits for a condition; returns whether it came true before the pod or the time ended.
  async until(condition, ms = Infinity) {
    for (const end = Date.now() + ms; !this.ended && Date.now() < end; await sleep(200)) {
      if (await condition()) return true;
    }
    return false;
  }

  serves(path) {
    return get(this.address, this.ports.http, path, 5000);
  }

  async processId() {
    return Number(await podman('inspect', '--format', '{{.State.Pid}}', this.id));
  }

  // Deletes the pod as Kubernetes does; returns the exit code.
  async stop() {
    this.ended = true;
    await this.watching;
    await podman('stop', '--time', String(Math.ceil(this.graceMs / 1000)), this.id);
    const code = Number(await podman('inspect', '--format', '{{.State.ExitCode}}', this.id));
    await podman('pod', 'rm', '--force', this.name);
    return code;
  }
}

module.exports = { Pod };
