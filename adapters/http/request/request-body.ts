// A body of the right type and size, as a value: read here, or already parsed by the app.
import { setImmediate } from "node:timers/promises";
import { EngineError, err, ok, type Result } from "../../../lib/index.js";
import type { BodyBytes, BodyLimits, HttpRequest } from "../exchange.js";
import { HttpRefusal, type Refusal } from "../answer/http-refusal.js";
import { checkParsedJson, readJsonText } from "./json-text.js";

/** The part of a form that holds the JSON of a batch. */
const jsonPart = "@jsonPayload";

/** What a route takes: JSON alone, or also a form whose part `@jsonPayload` is JSON. */
export type BodyKind = "json" | "json or form";

type Read<T> = Promise<Result<T, Refusal>>;

/**
 * The body's value; undefined where there is none. `request_invalid` with the place in the text, `payload_too_large`,
 * `media_type_unsupported`, `body_timeout`.
 */
export async function readBody(request: HttpRequest, kind: BodyKind, limits: BodyLimits): Read<unknown> {
  const { body, headers } = request;
  const [declared] = headers.values("content-length");
  if (declared !== undefined && Number(declared) > limits.limitBytes) return err(tooLarge(limits));
  const type = readContentType(headers.values("content-type").at(0));
  if (body.kind === "parsed") {
    const isEmpty = body.value === undefined || (type === undefined && declared === "0");
    if (isEmpty) return ok(undefined);
    const allowed = checkType(type, kind);
    return allowed.isErr() ? err(allowed.error) : readParsed(body.value, type);
  }
  if (!isPlain(headers.values("content-encoding"))) {
    return err(new HttpRefusal("media_type_unsupported", "Send the body as it is, without Content-Encoding."));
  }
  const read = await body.read(limits);
  if (read.kind !== "bytes") return err(unread[read.kind](limits));
  if (read.bytes.byteLength === 0) return ok(undefined);
  const allowed = checkType(type, kind);
  if (allowed.isErr()) return err(allowed.error);
  const isForm = type?.name === formType;
  const value = isForm ? await readForm(read.bytes, headers.values("content-type")[0] ?? "") : readText(read.bytes);
  if (read.bytes.byteLength > longReadBytes) await setImmediate();
  return value;
}

// A body of 1 MiB with 100,000 keys takes some 50 ms to read and as long to check: others are served between the two.
const longReadBytes = 65_536;

/** Packed bytes would have to be unpacked to know their size. */
const isPlain = (encodings: readonly string[]): boolean => encodings.every((each) => each.toLowerCase() === "identity");

const unread: Readonly<Record<Exclude<BodyBytes["kind"], "bytes">, (limits: BodyLimits) => Refusal>> = {
  too_large: tooLarge,
  too_slow: ({ timeoutMs }) => new HttpRefusal("body_timeout", `The body did not arrive within ${timeoutMs} ms.`),
  // Nobody hears it.
  aborted: () => invalid("The request was aborted."),
};

const formType = "multipart/form-data";

interface ContentType {
  readonly name: string;
  readonly charset: string | undefined;
}

function readContentType(value: string | undefined): ContentType | undefined {
  if (value === undefined) return undefined;
  const [name = "", ...parameters] = value.split(";").map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith("charset="));
  return { name, charset: charset?.slice("charset=".length).replaceAll('"', "") };
}

/** A type is asked for: browsers send what has none, or a form, to other sites without asking them first. */
function checkType(type: ContentType | undefined, kind: BodyKind): Result<void, HttpRefusal> {
  const isJson = type !== undefined && /^application\/(?:[^/]+\+)?json$/.test(type.name);
  const isForm = type?.name === formType && kind === "json or form";
  const isUtf8 = type?.charset === undefined || ["utf-8", "utf8", "us-ascii"].includes(type.charset);
  if ((isJson || isForm) && isUtf8) return ok(undefined);
  const wanted = kind === "json" ? "" : ` or ${formType} with the part ${jsonPart}`;
  return err(
    new HttpRefusal("media_type_unsupported", `Send the body with Content-Type: application/json${wanted}, in UTF-8.`),
  );
}

/** What a parser of the app has left: a text or bytes are still JSON, anything else is its value. */
async function readParsed(value: unknown, type: ContentType | undefined): Read<unknown> {
  if (value instanceof Uint8Array) return readText(value);
  if (typeof value === "string") return readJsonText(value);
  if (type?.name === formType) return payloadOf(propertyOf(value, jsonPart));
  return checkParsedJson(value).map(() => value);
}

async function readText(bytes: Uint8Array): Read<unknown> {
  let text: string;
  try {
    // A decoder keeps state; a new one costs less than a microsecond.
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return invalidBody("The body is not UTF-8.");
  }
  return readJsonText(text);
}

async function readForm(bytes: Uint8Array, contentType: string): Read<unknown> {
  let form: FormData;
  try {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- advised against for files; here it is one bounded text
    form = await new Response(bytes, { headers: { "content-type": contentType } }).formData();
  } catch {
    return invalidBody("The form cannot be read: its parts do not fit its boundary.");
  }
  const parts = [...form.keys()];
  const stranger = parts.find((name) => name !== jsonPart);
  if (stranger !== undefined) {
    return invalidBody(`The form has a part "${stranger.slice(0, 80)}"; files are not kept here.`);
  }
  return parts.length > 1 ? invalidBody(`The form has ${jsonPart} more than once.`) : payloadOf(form.get(jsonPart));
}

async function payloadOf(part: unknown): Read<unknown> {
  return typeof part === "string" ? readJsonText(part) : invalidBody(`The form has no part ${jsonPart}.`);
}

const propertyOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;

function tooLarge({ limitBytes }: BodyLimits): EngineError {
  const message = `The body is larger than ${limitBytes} bytes (limits.bodyBytes).`;
  return new EngineError("payload_too_large", { limitBytes }, { message });
}

const invalid = (message: string): EngineError =>
  new EngineError("request_invalid", { parameter: "body" }, { message });

const invalidBody = (message: string): Result<never, EngineError> => err(invalid(message));
