/* What both servers share: the schema of the measured shapes, and prepared statements for it.

In: the path of a database of SQLite. Out: `schema`, and `open`, with a function for each thing that
is looked up; rows have the names of their columns. */
import Database from 'better-sqlite3'

export const schema = `
  scalar Date
  type Query {
    summit(slug: String!): Summit
    state(code: String!): State
    organisation(slug: String!): Organisation
    memberships(first: Int = 20, after: String): Memberships!
    articles(first: Int = 20, after: String): Articles!
    search(query: String!, first: Int = 20): Found!
  }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type PartialDate { edtf: String! text: String! }
  type Publication { slug: String! name: String! }
  type Summit {
    slug: String! name: String! city: String heldOn: PartialDate!
    organisation: Organisation! host: State
  }
  type State { code: String! name: String! memberships(first: Int = 20): Memberships! }
  type Organisation { slug: String! name: String! members(asOf: Date!): [Member!]! }
  type Member { state: State! status: String! certainty: String! }
  type Period {
    text: String! endKind: String!
    certainFrom: String certainTo: String possibleFrom: String possibleTo: String
  }
  type Membership {
    key: String! status: String! state: State! organisation: Organisation! period: Period!
    citations(first: Int = 20): Citations!
  }
  type Memberships { nodes: [Membership!]! pageInfo: PageInfo! }
  type Citation {
    key: String! stance: String! field: String value: String claim: String! paragraph: Int
    sha256: String! article: Article!
  }
  type Citations { nodes: [Citation!]! }
  type Article {
    slug: String! headline: String! summary: String issueNumber: Int datedOn: PartialDate
    publication: Publication! citations(first: Int = 20): Citations!
  }
  type Articles { nodes: [Article!]! pageInfo: PageInfo! }
  type Official { slug: String! name: String! }
  type Event { slug: String! title: String! }
  type Term { key: String! }
  union Node = State | Organisation | Official | Summit | Event | Article | Publication
    | Membership | Term | Citation
  type Found { edges: [Hit!]! }
  type Hit { snippet: String! node: Node! }
`

const columns = {
  article:
    'id, key, headline, summary, issue_number, dated_on, dated_earliest, publication_id',
  citation: 'key, stance, field, value, claim, paragraph, sha256, article_id',
  event: 'key, title',
  membership: `id, key, status, state_id, organisation_id, period_text, end_kind, floor,
    start_earliest, start_latest, end_earliest, end_latest`,
  official: 'key, name',
  organisation: 'id, key, name',
  publication: 'key, name',
  state: 'id, key, name',
  summit: 'key, name, city, held_on, organisation_id, host_id',
}
const select = (table) => `select ${columns[table]} from ${table}`
const certainties = `
  select state_id, state_name, status, certainty, key, row_number() over (
    partition by state_id, status order by certainty, start_earliest desc, key) as nth
  from (
    select state_id, state_name, status, start_earliest, key,
      case when start_latest <= $day and end_earliest >= $day then 'CERTAIN' else 'POSSIBLE' end
        as certainty
    from membership
    where organisation_id = $id and status = 'MEMBER'
      and start_earliest <= $day and end_latest >= $day and floor <= $day
  )`
const scores = `
  select p.record_id, p.id,
    cast(round((0.001 - m.rank * f.factor) * p.weight * 10000) as integer) as score
  from search_index(?) m join passage p on p.id = m.rowid cross join rank_factor f`

export function open(path) {
  const database = new Database(path, { readonly: true })
  // As the service reads it.
  database.pragma('mmap_size = 1000000000000')
  const one = (sql) => {
    const statement = database.prepare(sql)
    return (...values) => statement.get(...values)
  }
  const all = (sql) => {
    const statement = database.prepare(sql)
    return (...values) => statement.all(...values)
  }
  const byKey = (table) => one(`${select(table)} where key = ?`)
  const byId = (table) => one(`${select(table)} where id = ?`)
  return {
    summitOfKey: byKey('summit'),
    stateOfKey: byKey('state'),
    organisationOfKey: byKey('organisation'),
    stateOfId: byId('state'),
    organisationOfId: byId('organisation'),
    articleOfId: byId('article'),
    publicationOfId: byId('publication'),
    date: one('select edtf, text from partial_date where edtf = ?'),
    membershipsOfState: all(
      `${select('membership')} where state_id = ? order by start_latest, key limit ?`),
    memberships: all(`${select('membership')} order by start_latest, key limit ?`),
    membershipsAfter: all(`${select('membership')} where (start_latest, key) > (?, ?)
      order by start_latest, key limit ?`),
    articles: all(`${select('article')} order by dated_earliest desc, key limit ?`),
    articlesAfter: all(`${select('article')}
      where dated_earliest <= $day and (dated_earliest < $day or key > $key)
      order by dated_earliest desc, key limit $most`),
    members: all(`select state_id, status, certainty from (${certainties}) where nth = 1
      order by certainty, state_name, key`),
    citationsOfSubject: all(`${select('citation')} where subject_id = ? order by key limit ?`),
    citationsOfArticle: all(`${select('citation')} where article_id = ? order by key limit ?`),
    hits: all(`select r.id, r.type, best % 4294967296 as passage from (
        select record_id, max(score) as rank, max(score * 4294967296 + id) as best
        from (${scores}) group by record_id
      ) join record r on r.id = record_id order by rank desc, r.type, r.key limit ?`),
    // Numbers are bound as REAL, which fts5 does not take for a rowid.
    snippet: one(`select snippet(search_index, 0, '«', '»', '…', 24) as text
      from search_index(?) where rowid = cast(? as integer)`),
    records: Object.fromEntries(
      ['State', 'Organisation', 'Official', 'Summit', 'Event', 'Article'].map(
        (type) => [type, byId(type.toLowerCase())])),
  }
}
