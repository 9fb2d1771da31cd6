// Which engine this is. A constant, because a bundled app has no package.json beside it; a test holds the two together.

/** The version of this package. */
export const engineVersion = "0.1.0";
