//! What answers on the port of the service.

use std::sync::Arc;

use aws_credential_types::Credentials;
use axum::body::Body;
use axum::http::{Request, Response};
use lambda_http::Error;
use model::host::Host;
use shared::app::App;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::gateway::Gateway;
use crate::options::Options;
use crate::server::Manner;
use crate::sockets::{self, Sockets};
use crate::{cors, docs, server};

/// The WebSocket API and the REST API.
pub struct Front {
    app: Arc<App>,
    sockets: Arc<Sockets>,
    gateway: Gateway,
}

impl Front {
    /// Answers for `host`, by the functions of `app`.
    pub fn new(
        app: &Arc<App>,
        host: &str,
        credentials: Credentials,
        options: &mut Options,
    ) -> Result<Arc<Front>, Error> {
        let own = Host::parse(host)?;
        let functions = options.sockets.functions.take().unwrap_or_else(|| sockets::own_functions(app));
        let sockets = Sockets::new(functions, options.sockets.limits, own.clone(), credentials, options.patience);
        let gateway = Gateway::new(app.clone(), own, [options.patience, options.time_limit])?;
        Ok(Arc::new(Front { app: app.clone(), sockets, gateway }))
    }

    /// Answers until it is told to stop, then ends the sockets, of which nobody may come back.
    pub async fn serve(self: Arc<Front>, listener: TcpListener, manner: Manner, stopped: oneshot::Receiver<()>) {
        let until_stopped = async {
            let _ = stopped.await;
        };
        let front = self.clone();
        server::serve(listener, manner, until_stopped, move |req| answer(front.clone(), req)).await;
        self.app.presence_grace.end();
        self.sockets.end().await;
    }
}

/// Sockets and their management, which no page is let into; then preflights, as API Gateway does; then the description, then
/// the functions.
async fn answer(front: Arc<Front>, req: Request<Body>) -> Response<Body> {
    let req = match front.sockets.answer(req).await {
        Ok(response) => return response,
        Err(req) => req,
    };
    if let Some(response) = cors::preflight(&req) {
        return response;
    }
    let is_from_a_page = cors::is_from_a_page(req.headers());
    let mut response = match docs::answer(&req) {
        Some(response) => response,
        None => front.gateway.answer(req).await,
    };
    if is_from_a_page {
        cors::allow(&mut response);
    }
    response
}
