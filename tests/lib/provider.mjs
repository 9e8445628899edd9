// An identity provider of our own on the loopback: the real `oidc-provider`, with a log-in page of one field, and two
// ways to make it lie. Nothing of the product belongs here.
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';
import { freePort } from './server.mjs';

export const CLIENT = { id: 'kommunal', secret: 'ein-geheimnis-nur-fuer-tests-0123456789' };

/** The middle part of a token. */
const claims = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));

export class IdentityProvider {
  /** `back`: where it sends browsers back to. `says`: what it says of whoever logs in. Serves until `stop`. */
  static async start(back, says = {}) {
    const idp = new IdentityProvider();
    const port = await freePort();
    idp.url = `http://localhost:${port}`;
    idp.lie = null;
    idp.level = 'hoch';
    const provider = new Provider(idp.url, {
      clients: [{ client_id: CLIENT.id, client_secret: CLIENT.secret, redirect_uris: [back] }],
      pkce: { required: () => true },
      acrValues: ['hoch', 'substanziell', 'niedrig'],
      claims: { openid: ['sub'], profile: ['name', 'given_name', 'family_name'], email: ['email', 'email_verified'], address: ['address'] },
      cookies: { keys: ['nur-fuer-tests'] },
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_, interaction) => `/kennung/${interaction.uid}` },
      // Who logs in here agrees to what our client asks for.
      loadExistingGrant: async (ctx) => {
        const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
        grant.addOIDCScope('openid profile email address');
        await grant.save();
        return grant;
      },
      findAccount: async (_, id) => ({ accountId: id, claims: async () => ({ sub: id, ...says }) }),
    });
    const callback = provider.callback();
    idp.server = createServer((req, res) => {
      if (req.url.startsWith('/kennung/')) return idp.page(provider, req, res);
      if (req.url === '/token') idp.distort(res);
      if (idp.lie === 'iss') idp.mixUp(res);
      callback(req, res);
    });
    await new Promise((done) => idp.server.listen(port, 'localhost', done));
    return idp;
  }

  /** The log-in page. Whoever logs in gets the level of assurance `level`; null: it says none. */
  async page(provider, req, res) {
    if (req.method !== 'POST') {
      res.setHeader('content-type', 'text/html; charset=utf-8');
      return res.end('<!doctype html><html lang="de"><title>Konto</title><h1>Konto</h1><form method="post"><label>Kennung <input name="kennung"></label><button>Weiter</button> <button name="ab" value="1">Abbrechen</button></form>');
    }
    let body = '';
    for await (const chunk of req) body += chunk;
    const sent = new URLSearchParams(body);
    const result = sent.has('ab')
      ? { error: 'access_denied' }
      : { login: { accountId: sent.get('kennung'), acr: this.level ?? undefined, remember: false } };
    return provider.interactionFinished(req, res, result);
  }

  /** `lie`: `alt` answers with the token of the last log-in, `unsigned` with the right words and no signature. */
  distort(res) {
    const end = res.end.bind(res);
    res.end = (body, ...rest) => {
      try {
        const answer = JSON.parse(body);
        const right = answer.id_token;
        if (this.lie === 'alt') answer.id_token = this.last;
        if (this.lie === 'unsigned') {
          const part = (o) => Buffer.from(JSON.stringify(o)).toString('base64url');
          answer.id_token = `${part({ alg: 'none' })}.${part(claims(right))}.`;
        }
        this.last = right;
        const text = JSON.stringify(answer);
        res.setHeader('content-length', Buffer.byteLength(text));
        return end(text, ...rest);
      } catch {
        return end(body, ...rest);
      }
    };
  }

  /** `lie`: `iss` sends the browser back as if another provider did. */
  mixUp(res) {
    const set = res.setHeader.bind(res);
    const other = encodeURIComponent('https://anderer.example');
    res.setHeader = (name, value) => set(name, name.toLowerCase() === 'location' ? value.replace(/([?&]iss=)[^&]*/, `$1${other}`) : value);
  }

  stop() {
    this.server.closeAllConnections();
    return new Promise((done) => this.server.close(done));
  }
}
