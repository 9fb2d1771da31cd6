// Backups in a bucket: the suite of all stores over a real server of S3's protocol and over the test double, which keeps
// S3's promises more strictly and checks every signature.
import { afterAll, beforeAll } from "vitest";
import { createS3BackupStore } from "../../lib/backup/store/s3/s3-backup-store.js";
import type { BackupStore } from "../../lib/backup/store/backup-store.js";
import { openFauxqs, type FauxqsServer } from "../support/fauxqs-server.js";
import { openS3Double, type S3Double, type S3DoubleOptions } from "../support/s3-double.js";
import { valueOf } from "../support/unwrap.js";
import { backupStoreSuite } from "./backup-store.suite.js";

let fauxqs: FauxqsServer | undefined;
beforeAll(async () => {
  fauxqs = await openFauxqs();
});
afterAll(() => fauxqs?.close());

let stores = 0;

backupStoreSuite({
  name: "bucket of fauxqs",
  async create(): Promise<BackupStore> {
    const { endpoint, bucket } = fauxqs!;
    // One bucket for all, as an app with several engines has it.
    stores += 1;
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    return valueOf(createS3BackupStore({ endpoint, bucket, prefix: `store-${stores}`, credentials }));
  },
});

function suiteOverDouble(name: string, options: S3DoubleOptions): void {
  let double: S3Double | undefined;
  beforeAll(async () => {
    double = await openS3Double(options);
  });
  afterAll(() => double?.close());
  backupStoreSuite({
    name,
    async create() {
      const { endpoint, bucket, caller: credentials } = double!;
      stores += 1;
      return valueOf(createS3BackupStore({ endpoint, bucket, prefix: `a/store-${stores}/`, credentials }));
    },
  });
}

suiteOverDouble("bucket that keeps conditions", { pageSize: 2 });
suiteOverDouble("bucket that passes over conditions", { conditions: "ignored" });
suiteOverDouble("bucket that refuses conditions", { conditions: "refused" });
