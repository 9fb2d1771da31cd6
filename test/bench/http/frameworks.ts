// What the API is measured on.

export const frameworks = ["node:http", "Express", "Koa"] as const;

export type Framework = (typeof frameworks)[number];
