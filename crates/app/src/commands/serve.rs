//! `yagura serve`: opens the data directory and answers until told to stop.

use std::{collections::BTreeSet, net::SocketAddr, process::ExitCode, sync::Arc};

use anyhow::Context;
use server::{
    address::Address,
    cors::Cors,
    listen, routes,
    state::State,
    tls::{self, TlsSource},
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
};

use crate::{
    cli::serve::ServeArgs,
    config::Config,
    credentials::Credentials,
    node::{self, Node},
    schema,
};

/// Names under which deployed clients look for the services this one stands in for; a hosts file
/// that points them here is all those clients need.
const STAND_IN_FOR: [&str; 4] = [
    "login.microsoftonline.com",
    "graph.microsoft.com",
    "api.security.microsoft.com",
    "api.securitycenter.microsoft.com",
];

/// Runs the server.
pub fn run(args: ServeArgs) -> anyhow::Result<ExitCode> {
    let config = Config::new(args)?;
    if let Some(folder) = &config.schema {
        schema::add(folder)?;
    }
    node::runtime()?.block_on(serve(config))
}

async fn serve(config: Config) -> anyhow::Result<ExitCode> {
    let mut node = node::open(&node::Options {
        data: config.data.clone(),
        store: config.store_address()?,
        lookback_days: config.lookback_days,
        hunting_memory: config.hunting_memory,
        hunt_limits: config.limits.hunts,
        external_data: config.external_data.clone(),
        geoip: config.geoip.clone(),
        notify: Some(config.notify.clone()),
        environment: config.environment,
    })
    .await?;
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("cannot listen on {}", config.listen))?;
    let address = listener.local_addr()?;
    let tls = if config.plain_http { None } else { Some(load_tls(&config)?) };
    let ca_file = tls.as_ref().and_then(|tls| tls.ca_file.clone()).map(|p| node::absolute(&p));
    let base_url = config.public_url.clone().unwrap_or_else(|| own_url(&config, address));
    if let Some(credentials) = &mut node.credentials {
        *credentials = Credentials {
            base_url: base_url.clone(),
            ca_file: ca_file.clone(),
            ..credentials.clone()
        };
        credentials.write(&config.data)?;
    }
    let keys = node.directory.signing_keys(node::now()).await?;
    let state = State::new(
        node.platform.clone(),
        node.directory.clone(),
        keys,
        Address {
            public_url: config.public_url.clone(),
            trusted: config.trust_proxy.clone(),
            tls: tls.is_some(),
        },
        Arc::new(node::now),
    )
    .with_limits(&config.limits.server)
    .with_cors(Cors::parse(&config.cors));
    announce(&config, &node, &base_url, ca_file.as_deref());
    let (stop, stopping) = watch::channel(false);
    tokio::spawn(async move {
        wait_for_signal().await;
        let _ = stop.send(true);
    });
    let deliverer = node.deliverer(&config.data);
    let deliveries = deliverer.map(|it| tokio::spawn(it.run(stopping.clone())));
    let (tls, connections) = (tls.map(|tls| tls.config), config.limits.server.connections);
    listen::serve(listener, connections, tls, routes::router(state), stopping).await?;
    if let Some(deliveries) = deliveries {
        deliveries.await.context("deliveries")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn load_tls(config: &Config) -> anyhow::Result<tls::Tls> {
    let source = if let Some((certificate, key)) = &config.tls_files {
        TlsSource::Files { certificate: certificate.clone(), key: key.clone() }
    } else {
        let own = ["localhost", "127.0.0.1", "::1"];
        let mut names: BTreeSet<String> =
            own.iter().chain(&STAND_IN_FOR).map(ToString::to_string).collect();
        if !config.listen.ip().is_unspecified() {
            names.insert(config.listen.ip().to_string());
        }
        names.extend(config.public_url.as_deref().and_then(host_of));
        names.extend(config.tls_names.iter().cloned());
        let names = names.into_iter().collect();
        TlsSource::Local { folder: config.data.join("tls"), names }
    };
    tls::load(&source).context("TLS")
}

/// The host in `https://host:port/…`.
fn host_of(url: &str) -> Option<String> {
    let rest = url.split_once("://")?.1;
    let authority = rest.split('/').next()?;
    let host = match authority.strip_prefix('[') {
        Some(six) => six.split(']').next()?,
        None => authority.split(':').next()?,
    };
    Some(host.to_owned())
}

fn own_url(config: &Config, address: SocketAddr) -> String {
    let scheme = if config.plain_http { "http" } else { "https" };
    if address.ip().is_unspecified() {
        return format!("{scheme}://localhost:{}", address.port());
    }
    format!("{scheme}://{address}")
}

/// Says that it is ready; the credentials are shown at first start only.
fn announce(config: &Config, node: &Node, base_url: &str, ca_file: Option<&std::path::Path>) {
    if let (true, Some(credentials)) = (node.first_start, &node.credentials) {
        println!("First start: a tenant and an application that holds every role were made.");
        println!("  tenant_id      {}", credentials.tenant_id);
        println!("  client_id      {}", credentials.client_id);
        println!("  client_secret  {}", credentials.client_secret);
        let file = Credentials::path(&node::absolute(&config.data));
        println!("  kept in        {} (mode 0600)", file.display());
    }
    if let Some(ca_file) = ca_file {
        println!("certificate authority: {}", ca_file.display());
    }
    println!("yagura is ready at {base_url}");
}

async fn wait_for_signal() {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_a_public_url() {
        assert_eq!(host_of("https://siem.example:8443/").as_deref(), Some("siem.example"));
        assert_eq!(host_of("https://[::1]:8443").as_deref(), Some("::1"));
        assert_eq!(host_of("siem.example"), None);
    }
}
