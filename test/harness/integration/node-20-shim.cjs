// The tensorlake SDK needs two things that came with Node 22; on newer versions this file changes nothing.
const { syncBuiltinESMExports } = require('node:module');
const workerThreads = require('node:worker_threads');

workerThreads.markAsUncloneable ??= () => {};
syncBuiltinESMExports();

Promise.withResolvers ??= function withResolvers() {
  let resolve;
  let reject;
  const promise = new this((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
};
