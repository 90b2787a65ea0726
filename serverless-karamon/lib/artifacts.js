'use strict';

// Lets Serverless skip a deployment without changes. It compares the hashes of the service's own artifact and of the zips in
// .serverless with those of what it uploaded last (lib/plugins/aws/deploy/lib/check-for-changes.js), but not those of the
// functions' artifacts, which it uploads too. So while it compares, they are where it looks.

const fs = require('node:fs');
const path = require('node:path');

class Artifacts {
  constructor(serverless) {
    this.serverless = serverless;
    this.hidden = [];
  }

  /** Returns the paths of the functions' artifacts on this machine that Serverless wouldn't compare. */
  missing() {
    const { service, serviceDir } = this.serverless;
    const compared = path.join(serviceDir, '.serverless');
    const resolve = (artifact) => path.resolve(serviceDir, artifact);
    const own = service.package.artifact && resolve(service.package.artifact);
    const all = Object.values(service.functions).map((f) => f.package?.artifact);
    const local = all.filter((artifact) => artifact && !/^(s3|https?):/.test(artifact)).map(resolve);
    return [...new Set(local)].filter((artifact) => artifact !== own && path.dirname(artifact) !== compared);
  }

  show() {
    const { service, serviceDir } = this.serverless;
    for (const artifact of this.missing()) {
      if (service.package.artifact) {
        const copy = path.join(serviceDir, '.serverless', path.basename(artifact));
        if (fs.existsSync(copy)) continue; // Serverless then uploads both under one name, and compares only this one.
        fs.copyFileSync(artifact, copy);
        this.hidden.push(() => fs.rmSync(copy));
      } else {
        service.package.artifact = artifact;
        this.hidden.push(() => delete service.package.artifact);
      }
    }
  }

  hide() {
    this.hidden.forEach((undo) => undo());
    this.hidden = [];
  }
}

module.exports = Artifacts;
