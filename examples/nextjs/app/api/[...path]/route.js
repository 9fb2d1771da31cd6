// The whole REST API below /api.
import { createNextRouteHandlers } from "tenant-engine/next";
import { getEngine } from "../../../lib/engine.js";

export const runtime = "nodejs";
export const dynamic = "force-dynamic";
export const { GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = createNextRouteHandlers(getEngine);
