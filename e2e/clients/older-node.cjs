// What `@intacct/intacct-sdk` 2.2.1 expects of Node's `util` and Node 23 has taken away. Loaded before it with
// `--require`, so that the client stays as it was published; Node 22 and older need none of it.
const util = require("node:util");

util.isArray ??= Array.isArray;
util.isNullOrUndefined ??= (value) => value === null || value === undefined;
