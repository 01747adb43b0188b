//! How a connection ends: who says so, what the functions are told, and the leave that is taken.

use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::error::{Error as WsError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use super::connection::Socket;

/// How long a client may take to take leave.
const FAREWELL: Duration = Duration::from_secs(5);

/// How a connection ends, and who says so.
pub struct Parting {
    /// The close code.
    pub code: u16,
    /// The reason, in API Gateway's words if the client gave none.
    pub reason: String,
    by: By,
}

enum By {
    Client,
    Gateway,
    /// The connection broke, so nobody can be told.
    Nobody,
}

impl Parting {
    /// The gateway's own word.
    pub fn ours(code: CloseCode, reason: &str) -> Parting {
        Parting { code: code.into(), reason: reason.to_owned(), by: By::Gateway }
    }

    /// `DELETE @connections`.
    pub fn deleted() -> Parting {
        Parting::ours(CloseCode::Normal, "Connection Closed Normally")
    }

    /// Idle, too old, or the service ends.
    pub fn going_away() -> Parting {
        Parting::ours(CloseCode::Away, "Going away")
    }

    /// The connection broke.
    pub fn lost() -> Parting {
        Parting { code: CloseCode::Abnormal.into(), reason: "Connection Closed Abnormally".to_owned(), by: By::Nobody }
    }

    /// The client's word, if it said one.
    pub fn theirs(frame: Option<CloseFrame>) -> Parting {
        let (code, reason) = match frame {
            Some(frame) => (frame.code.into(), frame.reason.as_str().to_owned()),
            None => (CloseCode::Status.into(), "Client-side close frame status not set".to_owned()),
        };
        Parting { code, reason, by: By::Client }
    }

    /// What a frame that cannot be read leads to.
    pub fn because_of(error: &WsError) -> Parting {
        match error {
            WsError::Capacity(_) => Parting::ours(CloseCode::Size, "Message too long"),
            WsError::Utf8(_) => Parting::ours(CloseCode::Invalid, "Invalid UTF-8"),
            WsError::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Parting::lost(),
            WsError::Protocol(_) => Parting::ours(CloseCode::Protocol, "Protocol error"),
            _ => Parting::lost(),
        }
    }

    fn frame(&self) -> CloseFrame {
        CloseFrame { code: self.code.into(), reason: self.reason.as_str().into() }
    }
}

/// Takes leave as the protocol has it, after what still waits to be sent.
pub async fn farewell(
    sink: SplitSink<Socket, Message>,
    stream: SplitStream<Socket>,
    queue: mpsc::Receiver<Utf8Bytes>,
    parting: &Parting,
) {
    let _ = tokio::time::timeout(FAREWELL, leave(sink, stream, queue, parting)).await;
}

async fn leave(
    mut sink: SplitSink<Socket, Message>,
    mut stream: SplitStream<Socket>,
    mut queue: mpsc::Receiver<Utf8Bytes>,
    parting: &Parting,
) -> Result<(), WsError> {
    match parting.by {
        By::Nobody => return Ok(()),
        // The answer to their close frame goes out while nothing more is read.
        By::Client => while let Some(Ok(_)) = stream.next().await {},
        By::Gateway => {
            queue.close();
            while let Ok(text) = queue.try_recv() {
                sink.send(Message::Text(text)).await?;
            }
            sink.send(Message::Close(Some(parting.frame()))).await?;
        }
    }
    let Ok(mut socket) = sink.reunite(stream) else { return Ok(()) };
    let connection = socket.get_mut();
    connection.shutdown().await?;
    // A connection that is dropped with something unread is reset, and the close frame may be lost with it.
    let mut rest = vec![0; 4 * 1024];
    while 0 < connection.read(&mut rest).await? {}
    Ok(())
}
