//! The Lambda binary of [`functions::socket_frame`].

fn main() -> Result<(), lambda_http::Error> {
    shared::worker::run(shared::worker::Worker::SocketFrame, functions::socket_frame::HANDLER)
}
