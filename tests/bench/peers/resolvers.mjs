/* Resolvers of the schema, as one writes them by hand.

In: what `open` of tables.mjs returns. Out: those of `Query` and of what a row has in itself;
and `relations`: what a row refers to, by one look-up for each row. */

const bounded = (day) => (day === 'infinity' || day === '-infinity' ? null : day)
const latest = (one, other) => (one < other ? other : one)
const hex = (order, ...keys) => Buffer.from(JSON.stringify([order, ...keys])).toString('hex')
const keysOf = (cursor) => JSON.parse(Buffer.from(cursor, 'hex')).slice(1)

function period(row) {
  const from = latest(row.start_latest, row.floor)
  const certain = from <= row.end_earliest
  return {
    text: row.period_text,
    endKind: row.end_kind,
    certainFrom: certain ? bounded(from) : null,
    certainTo: certain ? bounded(row.end_earliest) : null,
    possibleFrom: bounded(latest(row.start_earliest, row.floor)),
    possibleTo: bounded(row.end_latest),
  }
}

function pageOf(rows, first, cursor) {
  const nodes = rows.slice(0, first)
  const endCursor = nodes.length ? cursor(nodes.at(-1)) : null
  return { nodes, pageInfo: { hasNextPage: rows.length > first, endCursor } }
}

function articlesAfter(tables, cursor, most) {
  const [day, key] = keysOf(cursor)
  return tables.articlesAfter({ day, key, most })
}

const slug = { slug: (row) => row.key }

export const resolvers = (tables) => ({
  Query: {
    summit: (_, { slug }) => tables.summitOfKey(slug),
    state: (_, { code }) => tables.stateOfKey(code),
    organisation: (_, { slug }) => tables.organisationOfKey(slug),
    memberships: (_, { first, after }) => pageOf(
      after
        ? tables.membershipsAfter(...keysOf(after), first + 1)
        : tables.memberships(first + 1),
      first,
      (row) => hex('membership,latest_start,key', row.start_latest, row.key)),
    articles: (_, { first, after }) => pageOf(
      after ? articlesAfter(tables, after, first + 1) : tables.articles(first + 1),
      first,
      (row) => hex('article,dated_on-,key', row.dated_earliest, row.key)),
    search: (_, { query, first }) => ({
      edges: tables.hits(query, first).map((hit) => ({ ...hit, query })),
    }),
  },
  Hit: {
    snippet: (hit) => tables.snippet(hit.query, hit.passage).text,
    node: (hit) => ({ ...tables.records[hit.type]?.(hit.id), __typename: hit.type }),
  },
  Node: { resolveType: (row) => row.__typename },
  Summit: slug,
  State: { code: (row) => row.key },
  Organisation: slug,
  Official: slug,
  Event: slug,
  Publication: slug,
  Article: { ...slug, issueNumber: (row) => row.issue_number },
  Membership: { period },
})

export const relations = (tables) => ({
  Summit: {
    heldOn: (row) => tables.date(row.held_on),
    organisation: (row) => tables.organisationOfId(row.organisation_id),
    host: (row) => row.host_id && tables.stateOfId(row.host_id),
  },
  State: {
    memberships: (row, { first }) => pageOf(
      tables.membershipsOfState(row.id, first + 1),
      first,
      (last) => hex('membership,latest_start,key', last.start_latest, last.key)),
  },
  Organisation: { members: (row, { asOf }) => tables.members({ id: row.id, day: asOf }) },
  Member: { state: (row) => tables.stateOfId(row.state_id) },
  Membership: {
    state: (row) => tables.stateOfId(row.state_id),
    organisation: (row) => tables.organisationOfId(row.organisation_id),
    citations: (row, { first }) => ({ nodes: tables.citationsOfSubject(row.id, first) }),
  },
  Citation: { article: (row) => tables.articleOfId(row.article_id) },
  Article: {
    datedOn: (row) => row.dated_on && tables.date(row.dated_on),
    publication: (row) => tables.publicationOfId(row.publication_id),
    citations: (row, { first }) => ({ nodes: tables.citationsOfArticle(row.id, first) }),
  },
})
