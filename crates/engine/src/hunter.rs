//! The engine as the rest of the program sees it: queries in, answers out.
//!
//! Queries run on the engine's own threads, so that heavy ones never hold up a connection. The
//! future a caller holds owns the query: dropping it stops the work.

use std::{
    fs,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use datafusion::{
    arrow::datatypes::Schema, catalog::TableProvider, datasource::empty::EmptyTable,
    execution::session_state::SessionState,
};
use kql::{
    Catalog, Env,
    answer::{Answer, Cost},
    environment::Environment,
    hunt::{Ask, BoxFuture, HuntFault, Hunter, IngestFault, Ingested, Outside, RowSource},
    plan::{ELSEWHERE, Rel},
    types::Column,
    value::Value,
    work::External,
};
use tokio::{runtime::Runtime, task::JoinHandle};

use crate::{
    catalog::{self, MOST_ROUNDS, View},
    collect::{self, Bounds, Collected},
    error::EngineError,
    fault,
    functions::net::geo_info,
    lake::{self, log::Log, rows::table_schema, scan::LakeTable},
    leash::{self, LEASH, Leash, Shared},
    lower::{LowerCx, Sources, Step, rel, subquery},
    outside::Fetched,
    registry, session,
    shared::{self, Kept},
    source, tables,
    watchlist::{self, Watchlists},
};

/// How an engine is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the lake lives; made if it is not there.
    pub data_dir: PathBuf,
    /// Bytes all running queries may hold together; what can spill does so before.
    pub memory_limit: usize,
    /// Threads, and parts a query is split into; none is one per core.
    pub threads: Option<usize>,
    /// Who reads what `externaldata` names; none switches that off.
    pub outside: Option<Arc<dyn Outside>>,
    /// A MaxMind file that says where addresses are; it counts for the whole process.
    pub places: Option<PathBuf>,
    /// Queries see the tables and functions of this environment instead of the lake's own; tables
    /// that the lake does not hold are empty.
    pub environment: Option<Environment>,
}

impl Options {
    /// The defaults for a data directory: 2 GiB and every core.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            memory_limit: 2 << 30,
            threads: None,
            outside: None,
            places: None,
            environment: None,
        }
    }
}

/// Stack of the engine's threads; plans are trees, and deep ones are walked recursively. What is not
/// used of it takes no memory.
const STACK: usize = 64 << 20;
/// Threads for each part of a query: while many are inside a long batch or plan something large,
/// the others answer small queries, and the system deals out the cores.
const THREADS: usize = 16;
/// How much longer than its time a query may take to say that its time is over.
const GRACE: Duration = Duration::from_millis(500);

/// Runs hunts and keeps the lake.
pub struct Engine {
    inner: Arc<Inner>,
    runtime: Option<Runtime>,
}

struct Inner {
    log: Log,
    rows: Arc<dyn RowSource>,
    state: SessionState,
    watchlists: Watchlists,
    outside: Option<Arc<dyn Outside>>,
    environment: Option<Environment>,
    shared: Arc<Shared>,
}

impl Engine {
    /// Opens a data directory.
    pub fn open(options: Options, rows: Arc<dyn RowSource>) -> Result<Self, EngineError> {
        let io = |doing| move |source| EngineError::Io { doing, source };
        let data = options.data_dir;
        fs::create_dir_all(&data).map_err(io("make the data directory"))?;
        // Scans name files by absolute path.
        let data = data.canonicalize().map_err(io("find the data directory"))?;
        let spill = data.join("spill");
        fs::create_dir_all(&spill).map_err(io("make the spill directory"))?;
        let threads = options.threads.unwrap_or_else(|| {
            std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get)
        });
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads * THREADS)
            .thread_name("hunt")
            .thread_stack_size(STACK)
            .enable_all()
            .build()
            .map_err(io("start the engine's threads"))?;
        let state = session::state(&spill, options.memory_limit, threads)?;
        if let Some(places) = &options.places {
            geo_info::open(places)?;
        }
        let watchlists = Watchlists::of(&data);
        let outside = options.outside;
        let environment = options.environment;
        let shared = Arc::new(Shared::new(options.memory_limit));
        leash::go_along();
        let log = Log::open(&data);
        let inner = Inner { log, rows, state, watchlists, outside, environment, shared };
        Ok(Self { inner: Arc::new(inner), runtime: Some(runtime) })
    }

    /// Queries at work, those included that nobody waits for any more and that have not quite ended.
    pub fn running(&self) -> usize {
        self.inner.shared.running()
    }

    fn spawn<T: Send + 'static>(
        &self,
        leash: Arc<Leash>,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Stopping<T> {
        let runtime = self.runtime.as_ref().expect("taken only by drop");
        let task = runtime.spawn(LEASH.scope(Arc::clone(&leash), work));
        Stopping { task, leash }
    }
}

impl Drop for Engine {
    /// A runtime must not be waited for inside another one.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// What the binder may call.
pub fn functions() -> &'static kql::function::Functions {
    registry::functions()
}

/// Is there a hunting table of this name?
pub fn is_table(name: &str) -> bool {
    tables::all().contains_key(name)
}

impl Hunter for Engine {
    fn hunt(&self, ask: Ask) -> BoxFuture<'_, Result<Answer, HuntFault>> {
        let inner = Arc::clone(&self.inner);
        let limit = ask.limits.time;
        let leash = Leash::new(limit, ask.limits.memory, Arc::clone(&inner.shared));
        let work = self.spawn(leash, async move {
            tokio::time::timeout(limit, inner.hunt(ask))
                .await
                .unwrap_or(Err(HuntFault::TimedOut(limit)))
        });
        Box::pin(async move {
            // The task says itself that its time is over, unless nothing in it gives way.
            match tokio::time::timeout(limit.saturating_add(GRACE), work.result()).await {
                Ok(result) => result.unwrap_or_else(|e| Err(HuntFault::Internal(Box::new(e)))),
                Err(_) => Err(HuntFault::TimedOut(limit)),
            }
        })
    }

    fn ingest<'a>(
        &'a self,
        tenant: &'a str,
        table: &'a str,
        body: Box<dyn std::io::Read + Send>,
    ) -> BoxFuture<'a, Result<Ingested, IngestFault>> {
        let inner = Arc::clone(&self.inner);
        let known = tables::all().get(table).filter(|_| !source::SERVED.contains(&table));
        let (Some(known), true) = (known, lake::is_safe(tenant)) else {
            let fault = IngestFault::NoTable(table.to_owned());
            return Box::pin(async move { Err(fault) });
        };
        let tenant = tenant.to_owned();
        let runtime = self.runtime.as_ref().expect("taken only by drop");
        // A write, once begun, goes on to its end whoever waits.
        let work = runtime
            .spawn_blocking(move || lake::ingest::ingest(&inner.log, &tenant, known, body, now()));
        Box::pin(
            async move { work.await.unwrap_or_else(|e| Err(IngestFault::Internal(Box::new(e)))) },
        )
    }

    fn tables(&self, _: &str) -> Vec<(String, Vec<Column>)> {
        tables::all().values().map(|table| (table.name.clone(), table.columns())).collect()
    }
}

/// The ticks of this moment: when rows without a time came in.
#[allow(clippy::disallowed_methods, reason = "the trait hands no time down to an ingest")]
fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    kql::time::UNIX_EPOCH + i64::try_from(since.as_nanos() / 100).unwrap_or(0)
}

/// A query that ends with the one who waits for it: its task between two batches, what runs inside
/// one when it looks at the leash.
struct Stopping<T> {
    task: JoinHandle<T>,
    leash: Arc<Leash>,
}

impl<T> Stopping<T> {
    async fn result(mut self) -> Result<T, tokio::task::JoinError> {
        (&mut self.task).await
    }
}

impl<T> Drop for Stopping<T> {
    fn drop(&mut self) {
        self.leash.let_go();
        self.task.abort();
    }
}

fn compile(ask: &Ask, catalog: &dyn Catalog) -> Result<Rel, HuntFault> {
    let functions = registry::functions();
    let env = Env { catalog, functions, now: ask.now, window: ask.window };
    let compiled = kql::compile(&ask.text, &env);
    compiled.plan.ok_or(HuntFault::Query(compiled.diagnostics))
}

/// Rows of a relation that tells columns.
const TELLING: Bounds = Bounds { rows: 10_000, bytes: 64 << 20 };

impl Inner {
    async fn hunt(&self, ask: Ask) -> Result<Answer, HuntFault> {
        let start = Instant::now();
        let state = session::of_query(&self.state, ask.limits.memory).map_err(fault::of)?;
        let fetched = Fetched::default();
        let kept = Mutex::default();
        let tenant = Tenant { inner: self, name: &ask.tenant, fetched, state, kept };
        let (mut plan, mut told) = self.bound(&ask, &tenant).await?;
        for table in shared::split(&mut plan) {
            told += tenant.keep(table).await?;
        }
        subquery::resolve(&mut plan, &tenant).await.map_err(fault::of)?;
        let step = tenant.ready(&plan).await.map_err(fault::of)?;
        let bounds = Bounds { rows: ask.limits.rows, bytes: ask.limits.bytes };
        let Collected { rows, rows_read } = collect::collect(&tenant.state, &step, bounds).await?;
        let cost = Cost { seconds: start.elapsed().as_secs_f64(), rows_read: rows_read + told };
        Ok(Answer { columns: plan.columns, rows, cost })
    }

    /// The plan, and how many rows were read to know its columns.
    async fn bound(&self, ask: &Ask, tenant: &Tenant<'_>) -> Result<(Rel, u64), HuntFault> {
        let view = View {
            tenant: &ask.tenant,
            watchlists: &self.watchlists,
            outside: self.outside.as_ref(),
            probes: Mutex::default(),
            environment: self.environment,
        };
        let mut told = 0;
        for _ in 0..MOST_ROUNDS {
            let plan = compile(ask, &view)?;
            let Some(probe) = view.pending() else { return Ok((plan, told)) };
            let mut next = Some(probe);
            while let Some(probe) = next {
                let mut rel = probe.clone();
                subquery::resolve(&mut rel, tenant).await.map_err(fault::of)?;
                let step = tenant.ready(&rel).await.map_err(fault::of)?;
                let collected = collect::collect(&tenant.state, &step, TELLING).await?;
                told += collected.rows_read;
                view.answer(&probe, collected.rows);
                next = view.pending();
            }
        }
        let message = "the columns of the query hang on too many others";
        Err(HuntFault::Runtime(message.to_owned()))
    }
}

/// What one tenant's query sees.
struct Tenant<'a> {
    inner: &'a Inner,
    name: &'a str,
    fetched: Fetched,
    state: SessionState,
    /// Tables that the query uses several times.
    kept: Mutex<Vec<Kept>>,
}

impl Tenant<'_> {
    /// Works out a table that the query uses several times; says how many rows were read.
    async fn keep(&self, mut table: Rel) -> Result<u64, HuntFault> {
        subquery::resolve(&mut table, self).await.map_err(fault::of)?;
        let step = self.ready(&table).await.map_err(fault::of)?;
        let (kept, read) = shared::keep(&self.state, &step, &table.columns).await?;
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).push(kept);
        Ok(read)
    }

    /// The lowered plan, once what lies outside is here.
    async fn ready(&self, plan: &Rel) -> Result<Step, EngineError> {
        self.fetched.fetch(plan, self.inner.outside.as_ref()).await?;
        rel::rel(&mut LowerCx::new(self), plan)
    }
}

impl subquery::Run for Tenant<'_> {
    fn run(&self, rel: Rel) -> BoxFuture<'_, Result<Vec<Vec<Value>>, EngineError>> {
        Box::pin(async move {
            let step = self.ready(&rel).await?;
            let bounds = Bounds { rows: usize::MAX, bytes: usize::MAX };
            match collect::collect(&self.state, &step, bounds).await {
                Ok(collected) => Ok(collected.rows),
                Err(HuntFault::Runtime(text)) => Err(EngineError::Refused(text)),
                Err(HuntFault::TimedOut(limit)) => Err(EngineError::TimedOut(limit)),
                Err(HuntFault::OutOfMemory) => Err(EngineError::OutOfMemory),
                Err(fault) => {
                    Err(datafusion::error::DataFusionError::External(Box::new(fault)).into())
                }
            }
        })
    }
}

impl Sources for Tenant<'_> {
    fn source(
        &self,
        name: &str,
        window: Option<(i64, i64)>,
    ) -> Result<Arc<dyn TableProvider>, EngineError> {
        if name == watchlist::ALIASES {
            return self.inner.watchlists.aliases(self.name);
        }
        if let Some(name) = name.strip_prefix(watchlist::PREFIX) {
            return self.inner.watchlists.table(self.name, name);
        }
        if let Some(number) = name.strip_prefix(shared::PREFIX) {
            let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            let table = number.parse().ok().and_then(|it: usize| kept.get(it));
            let missing = || EngineError::plan(format!("no table `{name}`"));
            return table.ok_or_else(missing)?.table();
        }
        if let Some(name) = name.strip_prefix(ELSEWHERE) {
            return Err(EngineError::refused(format!("`{name}` is a table of another place")));
        }
        let name = name.strip_prefix(catalog::WHOLE).unwrap_or(name);
        let Some(table) = tables::all().get(name) else {
            return match self.inner.environment.and_then(|it| it.table(name)) {
                Some(_) => Ok(Arc::new(EmptyTable::new(Arc::new(Schema::empty())))),
                None => Err(EngineError::plan(format!("no table `{name}`"))),
            };
        };
        if source::SERVED.contains(&name) {
            return Ok(source::table(Arc::clone(&self.inner.rows), self.name, table, window));
        }
        if !lake::is_safe(self.name) {
            return Err(EngineError::refused("the tenant has no lake"));
        }
        let files = self.inner.log.files(self.name, name, window)?;
        let folder = self.inner.log.folder(self.name, name);
        Ok(Arc::new(LakeTable::new(table_schema(table), &folder, &files)?))
    }

    fn is_empty(&self, name: &str, window: Option<(i64, i64)>) -> bool {
        let known = tables::all().contains_key(name);
        if known && !source::SERVED.contains(&name) && lake::is_safe(self.name) {
            return self.inner.log.files(self.name, name, window).is_ok_and(|it| it.is_empty());
        }
        !known && self.inner.environment.is_some_and(|it| it.table(name).is_some())
    }

    fn external(
        &self,
        external: &External,
        columns: &[Column],
    ) -> Result<Arc<dyn TableProvider>, EngineError> {
        self.fetched.table(external, columns)
    }
}
