//! The Lambda binary of [`functions::socket_close`].

fn main() -> Result<(), lambda_http::Error> {
    shared::worker::run(shared::worker::Worker::SocketClose, functions::socket_close::HANDLER)
}
