// The records that are measured: one collection, the same rows for every variant.
import { seededRandom } from "../support/random.js";

/** What a caller writes. */
export interface Post {
  readonly title: string;
  readonly body: string;
  readonly author: string;
  readonly category: string;
  readonly views: number;
  readonly published: boolean;
}

/** What a caller reads. */
export interface StoredPost extends Post {
  readonly id: string;
  readonly created: string;
  readonly updated: string;
}

/** A record with a field that no two records share. */
export interface Ticket {
  readonly code: string;
  readonly title: string;
}

// Equally frequent.
const categories = ["news", "science", "sports", "travel", "food", "music", "film", "books"] as const;

const mostViews = 10_000;

// Few, so that an author's posts under the filter fill more than a page.
const authors = Array.from({ length: 8 }, (_, author) => `author${author}@example.com`);

/** The author whose own posts are read: one of eight, equally frequent. */
export const measuredAuthor = authors[0]!;

/** The filter of the measured lists: one category of eight, half of its posts. */
export const listFilter = { category: categories[0], leastViews: mostViews / 2 } as const;

/** So many filters of the same records as {@link listFilter}, no two alike: views are whole numbers. */
export const likeListFilter = (count: number, seed: number) =>
  Array.from({ length: count }, (_, index) => ({
    category: listFilter.category,
    leastViews: listFilter.leastViews - (seed + (index + 1) / (count + 1)) / 1_000,
  }));

/** Every tenth has the code of a ticket that is there already, if so wanted; the others are new in each run of a seed. */
export const makeTickets = (count: number, seed: string, { clashing = false } = {}): Ticket[] =>
  Array.from({ length: count }, (_, index) => ({
    code: clashing && index % 10 === 9 ? takenCode : `${seed}-${index}`,
    title: `Ticket ${index} of ${seed}`,
  }));

/** The code of the ticket that the clashing ones meet. */
export const takenCode = "taken";

/** Rows of a seed: always the same. */
export function makePosts(count: number, seed: number): Post[] {
  const random = seededRandom(seed);
  const below = (end: number): number => Math.floor(random() * end);
  return Array.from({ length: count }, (_, index) => ({
    title: `Post ${index} of ${below(1_000_000)}`,
    body: `Some two lines of text, as a teaser has them, with the number ${below(1_000_000)} in it so that no two are alike.`,
    author: authors[below(authors.length)] ?? measuredAuthor,
    category: categories[below(categories.length)] ?? categories[0],
    views: below(mostViews),
    published: random() < 0.9,
  }));
}
