// What is measured, in the order of the report.
import { createBesideBackups } from "./backups-workload.js";
import {
  coldOpen,
  createDatabase,
  memory,
  openEngine,
  readAcrossTenants,
  schemaChange,
  schemaChangeByFleet,
} from "./fleet-workloads.js";
import { getOne, getOneAsUser } from "./getone-workloads.js";
import { getOneBesideFlood, listAlone, listBesideWrites, listBusy, listBySize } from "./list-workloads.js";
import { getOneBesideLogins } from "./logins-workload.js";
import type { Workload } from "./workload.js";
import { create, createClashing, createMany } from "./write-workloads.js";

// One alone, a busy server's handful, more than any pool has places, and a crowd.
const readers = [1, 8, 64, 256] as const;
const writers = [1, 8, 64, 500] as const;

/** All of them. */
export const workloads: readonly Workload[] = [
  getOne(1),
  getOne(64),
  ...readers.map(getOneAsUser),
  getOneBesideFlood,
  getOneBesideLogins,
  listAlone,
  listBusy("same"),
  listBusy("different"),
  listBesideWrites,
  listBySize,
  ...writers.map(create),
  createClashing,
  createMany,
  createBesideBackups,
  createDatabase,
  coldOpen,
  readAcrossTenants,
  openEngine,
  schemaChangeByFleet,
  schemaChange,
  memory,
];
