// What a record's id may look like. Ids are legal database names too, because apps name databases after records.

/** As a source, for JSON Schema and RegExp alike. */
export const recordIdPattern = "^[a-z0-9][a-z0-9_-]{0,62}$";
