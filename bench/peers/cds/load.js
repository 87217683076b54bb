// Fills the peer's tables from a Yagura store: `node load.js YAGURA.db|postgres://… sqlite:FILE|postgres://…`
// The tables are there already (cds-deploy). Indexes come last, the same that Yagura's alerts have,
// and one over the addresses of the evidence.
const { spawn } = require('child_process')
const { once } = require('events')
const readline = require('readline')
const Sqlite = require('better-sqlite3')
const cds = require('@sap/cds')

const INDEXES = {
  alerts_created: 'peer_Alerts (createdDateTime, id)',
  alerts_updated: 'peer_Alerts (lastUpdateDateTime, id)',
  alerts_first: 'peer_Alerts (firstActivityDateTime, id)',
  alerts_incident: 'peer_Alerts (incidentId, createdDateTime, id)',
  alerts_severity: 'peer_Alerts (severity, createdDateTime, id, status)',
  alerts_status: 'peer_Alerts (status, createdDateTime, id, severity)',
  evidence_address: 'peer_Evidence (ipAddress, alert_id)',
}

// Seven digits behind the second are more than the peer's type has.
const time = it => it ? it.slice(0, 23) + 'Z' : null
const text = it => it === undefined || it === null || typeof it === 'number' ? it ?? null
  : typeof it === 'string' ? it : JSON.stringify(it)

// Names and types of an entity's columns, but for the key of what it belongs to.
function columns(model, entity) {
  return Object.entries(model.definitions[entity].elements)
    .filter(([, it]) => it.type !== 'cds.Composition' && it.type !== 'cds.Association')
    .map(([name, it]) => [name, it.type])
}

const row = (columns, doc) =>
  columns.map(([name, type]) => type === 'cds.Timestamp' ? time(doc[name]) : text(doc[name]))

function evidence(columns, id, items) {
  const known = new Set([...columns.map(([name]) => name), '@odata.type'])
  return items.map((it, place) => {
    const more = Object.fromEntries(Object.entries(it).filter(([name]) => !known.has(name)))
    return [id, ...row(columns, { ...it, place, type: it['@odata.type'], more })]
  })
}

// A line of COPY's own text format.
const line = row => row.map(it => it === null ? '\\N'
  : String(it).replace(/[\\\b\f\n\r\t\v]/g, it => ({ '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' })[it] ?? ' '))
  .join('\t') + '\n'

const OF_ALERTS = "WHERE kind = (SELECT no FROM kind WHERE name = 'security/alerts_v2') ORDER BY row"

async function* file(name) {
  const from = new Sqlite(name, { readonly: true })
  for (const { doc, id } of from.prepare(`SELECT id, json(doc) AS doc FROM record ${OF_ALERTS}`).iterate()) yield { id, doc }
}

async function* server(address) {
  const text = `SET search_path = yagura; COPY (SELECT id, doc FROM record ${OF_ALERTS}) TO STDOUT`
  const psql = spawn('psql', ['-q', '-d', address, '-c', text], { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of readline.createInterface({ input: psql.stdout })) {
    const at = line.indexOf('\t')
    const doc = line.slice(at + 1).replace(/\\(.)/g, (_, it) => ({ n: '\n', t: '\t', r: '\r' })[it] ?? it)
    yield { id: line.slice(0, at), doc }
  }
}

async function main() {
  const [source, target] = process.argv.slice(2)
  const model = await cds.load([__dirname + '/srv', __dirname + '/db'])
  const all = source.startsWith('postgres') ? server(source) : file(source)
  const alerts = columns(model, 'peer.Alerts')
  const items = columns(model, 'peer.Evidence')
  const names = columns => columns.map(([name]) => name)
  const tables = {
    alert: ['peer_Alerts', names(alerts)],
    evidence: ['peer_Evidence', ['alert_id', ...names(items)]],
  }
  let count = 0
  if (target.startsWith('sqlite:')) {
    const to = new Sqlite(target.slice(7))
    to.pragma('journal_mode = DELETE')
    to.pragma('journal_mode = OFF')
    to.pragma('synchronous = OFF')
    const add = Object.fromEntries(Object.entries(tables).map(([name, [table, columns]]) =>
      [name, to.prepare(`INSERT INTO ${table} (${columns}) VALUES (${columns.map(() => '?')})`)]))
    to.exec('BEGIN')
    for await (const { id, doc } of all) {
      const alert = JSON.parse(doc)
      add.alert.run(row(alerts, { ...alert, id }))
      for (const it of evidence(items, id, alert.evidence ?? [])) add.evidence.run(it)
      count++
    }
    for (const [name, on] of Object.entries(INDEXES)) to.exec(`CREATE INDEX ${name} ON ${on}`)
    to.exec('COMMIT')
    to.exec('ANALYZE')
    to.pragma('journal_mode = WAL')
  } else {
    const psql = text => spawn('psql', ['-q', '-v', 'ON_ERROR_STOP=1', '-d', target, '-c', text],
      { stdio: ['pipe', 'inherit', 'inherit'] })
    const copies = Object.fromEntries(Object.entries(tables).map(([name, [table, columns]]) =>
      [name, psql(`COPY ${table} (${columns}) FROM STDIN`)]))
    const write = async (copy, text) => { if (!copy.stdin.write(text)) await once(copy.stdin, 'drain') }
    for await (const { id, doc } of all) {
      const alert = JSON.parse(doc)
      await write(copies.alert, line(row(alerts, { ...alert, id })))
      for (const it of evidence(items, id, alert.evidence ?? [])) await write(copies.evidence, line(it))
      count++
    }
    for (const copy of Object.values(copies)) {
      copy.stdin.end()
      const [failed] = await once(copy, 'close')
      if (failed) throw new Error('psql did not take the rows')
    }
    for (const [name, on] of Object.entries(INDEXES)) await once(psql(`CREATE INDEX ${name} ON ${on}`), 'close')
    await once(psql('VACUUM ANALYZE'), 'close')
  }
  console.log(`${count} alerts`)
}

main().catch(error => { console.error(error); process.exit(1) })
