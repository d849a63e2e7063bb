//! Requests and responses of HTTP/1.1, for servers with more than WebSockets.

mod ask;
mod reply;

pub(crate) use self::{
    ask::WebAsk,
    reply::{WebReply, chunk},
};
