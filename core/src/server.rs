//! Connections and grants: greets, authorises, routes, sheds load.
