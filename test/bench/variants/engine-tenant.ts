// One database of the engine as an app uses it: the public calls, by trusted code and by a user.
import type { Collection, Database, TenantEngine } from "../../../lib/index.js";
import { valueOf } from "../../support/unwrap.js";
import type { Post, StoredPost, Ticket } from "../posts.js";
import { accountPassword, type Accounts, perPage, type PostFilter, type Reader, type Tenant } from "../variant.js";

type Posts = Collection<Post>;

class EngineReader implements Reader {
  readonly #posts: () => Posts;

  /** Asks for its collection at every call. */
  constructor(posts: () => Posts) {
    this.#posts = posts;
  }

  async getOne(id: string): Promise<StoredPost> {
    return valueOf(await this.#posts().getOne(id));
  }

  async list({ category, leastViews }: PostFilter): Promise<string> {
    return valueOf(
      await this.#posts().getListText(1, perPage, {
        filter: ["category = {:category} && views >= {:leastViews}", { category, leastViews }],
        // Ids are in the order of their making, and an index has them so.
        sort: "-id",
      }),
    );
  }
}

/** The posts of one database. */
export class EngineTenant extends EngineReader implements Tenant {
  readonly #engine: TenantEngine;
  readonly #database: Database;
  readonly #posts: Posts;
  readonly #tickets: Collection<Ticket>;

  constructor(engine: TenantEngine, name: string) {
    const database = engine.db(name);
    const collection = database.collection<Post>("posts");
    super(() => collection);
    this.#engine = engine;
    this.#database = database;
    this.#posts = collection;
    this.#tickets = database.collection<Ticket>("tickets");
  }

  async asAuthor(email: string): Promise<Reader> {
    const { user } = valueOf(await this.#database.auth.register({ email, password: accountPassword }));
    const principal = valueOf(await this.#database.auth.principalOf(user.id));
    // A handle for each call, as an app has one for each request.
    return new EngineReader(() => this.#database.as(principal).collection<Post>("posts"));
  }

  async search(word: string): Promise<string> {
    return valueOf(await this.#posts.getListText(1, perPage, { filter: ["body ~ {:word}", { word }], sort: "title" }));
  }

  async setViews(id: string, views: number): Promise<void> {
    valueOf(await this.#posts.update(id, { views }));
  }

  async issue(ticket: Ticket): Promise<boolean> {
    const made = await this.#tickets.create(ticket);
    if (made.isErr() && made.error.code !== "unique_violation") throw made.error;
    return made.isOk();
  }

  async create(post: Post): Promise<StoredPost> {
    return valueOf(await this.#posts.create(post));
  }

  async backUp(): Promise<void> {
    const { id } = valueOf(await this.#engine.backups.create(this.#database.name));
    valueOf(await this.#engine.backups.delete(id));
  }

  async createMany(rows: readonly Post[]): Promise<readonly StoredPost[]> {
    return valueOf(await this.#posts.createMany(rows));
  }
}

/** Accounts of the collection `users`. */
export async function openEngineAccounts(database: Database, emails: readonly string[]): Promise<Accounts> {
  for (const email of emails) valueOf(await database.auth.register({ email, password: accountPassword }));
  return {
    async login(account) {
      return valueOf(await database.auth.login(emails[account]!, accountPassword)).user["email"] as string;
    },
  };
}
