//! The listener: TCP, TLS, HTTP/1.1 connections, and an orderly end.
//!
//! Header names go out in canonical case (`Retry-After`), because one deployed client matches raw
//! headers with a case-sensitive expression.

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo};
use http::{HeaderValue, header::CONNECTION};
use hyper::{Request, body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    sync::{Semaphore, watch},
};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;
use tracing::debug;

use crate::{
    linger::Linger,
    refusal::{Refusal, Turn},
    unread::Watched,
};

/// A client that takes longer than this for its handshake or its headers is dropped.
const SLOW_CLIENT: Duration = Duration::from_secs(30);
/// How long running requests may take after a stop was asked for.
const GRACE: Duration = Duration::from_secs(10);
/// Request line and headers together; a longer request is answered with 431.
const MAX_HEAD: usize = 256 * 1024;

/// Serves until `stop` turns true, so many connections at once; more wait in the kernel's queue.
pub async fn serve(
    listener: TcpListener,
    connections: usize,
    tls: Option<Arc<rustls::ServerConfig>>,
    router: Router,
    mut stop: watch::Receiver<bool>,
) -> io::Result<()> {
    let acceptor = tls.map(TlsAcceptor::from);
    let slots = Arc::new(Semaphore::new(connections));
    let graceful = GracefulShutdown::new();
    loop {
        let slot = Arc::clone(&slots).acquire_owned().await.map_err(io::Error::other)?;
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of file descriptors or a connection reset in the queue: both pass.
                    debug!(%error, "accept failed");
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    continue;
                }
            },
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let _ = stream.set_nodelay(true);
        let (acceptor, router, watcher) = (acceptor.clone(), router.clone(), graceful.watcher());
        tokio::spawn(async move {
            let _slot = slot;
            match acceptor {
                None => connection(stream, peer, router, watcher).await,
                Some(acceptor) => {
                    match tokio::time::timeout(SLOW_CLIENT, acceptor.accept(stream)).await {
                        Ok(Ok(stream)) => connection(stream, peer, router, watcher).await,
                        Ok(Err(error)) => debug!(%peer, %error, "handshake failed"),
                        Err(_) => debug!(%peer, "handshake too slow"),
                    }
                }
            }
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(GRACE, graceful.shutdown()).await;
    Ok(())
}

async fn connection<S>(stream: S, peer: SocketAddr, router: Router, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let turn = Turn::default();
    let stream = Refusal::new(Linger::new(stream), turn.clone());
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        turn.begin();
        let (parts, body) = request.into_parts();
        let (body, unread) = Watched::new(body);
        let request = Request::from_parts(parts, Body::new(body));
        let (turn, answer) = (turn.clone(), router.clone().oneshot(request));
        async move {
            let mut answer = answer.await?;
            if unread.is_left() {
                answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            turn.answered();
            Ok::<_, Infallible>(answer)
        }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(SLOW_CLIENT)
        .max_buf_size(MAX_HEAD)
        .title_case_headers(true)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        debug!(%peer, %error, "connection ended early");
    }
}
