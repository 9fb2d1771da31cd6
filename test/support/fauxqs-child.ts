// fauxqs-server.ts starts this under Node 24: one server of S3's protocol, which says its port and ends with its parent.
import { startFauxqs } from "fauxqs";
import { childInput, say } from "./child-channel.js";
import type { FauxqsInput, FauxqsMessage } from "./fauxqs-server.js";

const { bucket } = childInput<FauxqsInput>();
const server = await startFauxqs({ port: 0, host: "127.0.0.1", logger: false });
server.createBucket(bucket);
const message: FauxqsMessage = { kind: "ready", port: server.port };
say(message);
// However the parent ends, the pipe to this process closes.
process.stdin.resume().on("end", () => process.exit(0));
