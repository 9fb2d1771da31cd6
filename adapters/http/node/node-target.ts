// Which path of the API a request of Node means, under whatever prefix a framework has mounted it.
import type { IncomingMessage } from "node:http";
import { belowBase, splitTarget } from "../request/base-path.js";

/** What a framework keeps beside the target. */
interface MountedRequest extends IncomingMessage {
  /** The target before a mount prefix was taken off. */
  readonly originalUrl?: unknown;
}

/** The path below the API, undefined for a request to somebody else. */
export function targetOf(request: IncomingMessage, basePath: string): { path: string | undefined; query: string } {
  const { path, query } = splitTarget(originForm(request.url ?? "/"));
  if (basePath !== "" && isStripped(request, path, basePath)) return { path, query };
  return { path: belowBase(path, basePath), query };
}

/** Whether the framework was mounted at the base path itself, and has taken it off. */
function isStripped(request: MountedRequest, path: string, basePath: string): boolean {
  const { originalUrl } = request;
  if (typeof originalUrl !== "string" || originalUrl === request.url) return false;
  const original = splitTarget(originForm(originalUrl)).path;
  return original.endsWith(basePath + path) || (path === "/" && original.endsWith(basePath));
}

/** A proxy may send the whole URL as the target. */
function originForm(target: string): string {
  return target.startsWith("/") ? target : target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i, "");
}
