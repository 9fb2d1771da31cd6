// Express 4 under another name, beside Express 5: for tests its types are near enough.
declare module "express-4" {
  export { default } from "express";
}
