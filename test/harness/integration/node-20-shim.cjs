// The tensorlake SDK needs two functions that Node has only since version 22. On newer versions this file does nothing.
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
