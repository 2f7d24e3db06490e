/* graphql-jit with plain resolvers behind node:http: `graphql-jit.mjs FILE PORT`. */
import { createServer } from 'node:http'
import { buildSchema, parse, validate } from 'graphql'
import { compileQuery } from 'graphql-jit'
import { relations, resolvers } from './resolvers.mjs'
import { open, schema as text } from './tables.mjs'

const [file, port] = process.argv.slice(2)
const tables = open(file)
const schema = buildSchema(text)
for (const source of [resolvers(tables), relations(tables)]) {
  for (const [name, fields] of Object.entries(source)) {
    const type = schema.getType(name)
    if ('resolveType' in fields) {
      type.resolveType = fields.resolveType
      continue
    }
    for (const [field, resolve] of Object.entries(fields)) type.getFields()[field].resolve = resolve
  }
}

const compiled = new Map()

function compile(query) {
  const document = parse(query)
  const errors = validate(schema, document)
  const made = errors.length
    ? { query: () => ({ errors }), stringify: JSON.stringify }
    : compileQuery(schema, document, undefined, { customJSONSerializer: true })
  compiled.set(query, made)
  return made
}

async function answer(body) {
  const { query, variables } = JSON.parse(body)
  const made = compiled.get(query) ?? compile(query)
  return made.stringify(await made.query(undefined, {}, variables))
}

createServer((request, response) => {
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', async () => {
    try {
      const content = Buffer.from(await answer(Buffer.concat(chunks)))
      response.writeHead(200, {
        'content-type': 'application/json', 'content-length': content.length,
      })
      response.end(content)
    } catch (error) {
      response.writeHead(400).end(String(error))
    }
  })
}).listen(Number(port), '127.0.0.1')
