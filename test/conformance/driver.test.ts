import { nodeSqlite3Driver } from "../../lib/storage/sqlite/node-sqlite3-driver.js";
import { driverSuite } from "./driver.suite.js";

driverSuite(nodeSqlite3Driver);
