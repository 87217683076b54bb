// Bare SELECTs by SQLite's own library: statements are prepared once and run on the database file
// of a Yagura server. Commands come as lines of JSON: `{text, args: [[..]..], clients, seconds,
// most}`; the answer is a line with the times and the processor seconds. `{text}` alone answers rows,
// and `{shell, args}` does what a shell does: compiles the text, and writes the rows as text, then a
// NUL and a line's end.
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads')
const readline = require('readline')
const Sqlite = require('better-sqlite3')

function open(file) {
  const to = new Sqlite(file, { timeout: 10000 })
  to.pragma('synchronous = FULL')
  to.pragma('mmap_size = 268435456')
  to.pragma('cache_size = -32768')
  return to
}

function run(db, kept, { text, args, seconds, most }) {
  const statement = kept[text] ??= db.prepare(text)
  const times = []
  const begin = performance.now()
  for (let n = 0; n < most && (n === 0 || performance.now() - begin < seconds * 1000); n++) {
    const own = args[n % args.length]
    const begun = performance.now()
    if (statement.reader) statement.all(own)
    else statement.run(own)
    times.push((performance.now() - begun) / 1000)
  }
  return times
}

if (isMainThread) {
  const file = process.argv[2]
  const db = open(file)
  const kept = {}
  const workers = []
  const answer = it => process.stdout.write(JSON.stringify(it) + '\n')
  const lines = readline.createInterface({ input: process.stdin })
  lines.on('close', () => process.exit())
  lines.on('line', async line => {
    const command = JSON.parse(line)
    if (command.shell) {
      const statement = db.prepare(command.shell)
      const found = statement.reader ? statement.raw().all(command.args) : [[statement.run(command.args).changes]]
      return process.stdout.write(found.map(it => it.join('|') + '\n').join('') + '\0\n')
    }
    if (!command.args) return answer(db.prepare(command.text).raw().all())
    const { clients } = command
    while (clients > 1 && workers.length < clients) workers.push(new Worker(__filename, { workerData: file }))
    const before = process.cpuUsage()
    const begin = performance.now()
    const each = clients === 1 ? [run(db, kept, command)]
      : await Promise.all(workers.slice(0, clients).map(it => new Promise(done => {
        it.once('message', done)
        it.postMessage(command)
      })))
    const used = process.cpuUsage(before)
    answer({ times: each.flat(), wall: (performance.now() - begin) / 1000, cpu: (used.user + used.system) / 1e6 })
  })
} else {
  const db = open(workerData)
  const kept = {}
  parentPort.on('message', it => parentPort.postMessage(run(db, kept, it)))
}
