/* Mercurius, compiling documents, with a loader for each relation: `mercurius.mjs FILE PORT`. */
import Fastify from 'fastify'
import mercurius from 'mercurius'
import { relations, resolvers } from './resolvers.mjs'
import { open, schema } from './tables.mjs'

const [file, port] = process.argv.slice(2)
const tables = open(file)

/* The database is in the process: a batch is as many look-ups, but of each row once a request. */
const loaders = {}
for (const [type, fields] of Object.entries(relations(tables))) {
  loaders[type] = {}
  for (const [name, find] of Object.entries(fields)) {
    loaders[type][name] = async (queries) => queries.map(({ obj, params }) => find(obj, params))
  }
}

const app = Fastify()
app.register(mercurius, { schema, resolvers: resolvers(tables), loaders, jit: 1 })
await app.listen({ host: '127.0.0.1', port: Number(port) })
