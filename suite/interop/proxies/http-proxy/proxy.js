// A reverse proxy made with http-proxy, as its README shows: proxy.js PORT BACKEND
const httpProxy = require('http-proxy');

const [port, backend] = process.argv.slice(2);
const proxy = httpProxy.createProxyServer({ target: `ws://${backend}`, ws: true });
proxy.on('error', (error, request, socket) => socket?.destroy?.());
proxy.listen(Number(port), '127.0.0.1');
