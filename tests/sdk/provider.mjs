// A real OpenID provider on a free port, until its standard input ends. Arguments: how many seconds
// its clock is behind, its client's id and secret, then the addresses that it may send people back
// to. Prints where it is. Whoever logs in with a name is that person.
import http from "node:http";
import { Provider } from "oidc-provider";

const [behind, client_id, client_secret, ...redirect_uris] = process.argv.slice(2);
const now = Date.now;
Date.now = () => now() - Number(behind) * 1000;

const server = http.createServer();
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [{ client_id, client_secret, redirect_uris }],
  claims: {
    email: ["email", "email_verified"],
    profile: ["name", "preferred_username"],
  },
  conformIdTokenClaims: false, // the id_token tells of the person too
  cookies: { keys: ["not a secret"] },
  features: { devInteractions: { enabled: true } },
  pkce: { required: () => true },
  responseTypes: ["code"],
  scopes: ["openid", "email", "profile"],
  findAccount: (_, accountId) => ({
    accountId,
    claims: () => ({
      sub: accountId,
      name: `The ${accountId}`,
      preferred_username: accountId,
      email: `${accountId}@example.com`,
      email_verified: true,
    }),
  }),
  async loadExistingGrant({ oidc }) {
    const grant = new oidc.provider.Grant({
      clientId: oidc.client.clientId,
      accountId: oidc.session.accountId,
    });
    grant.addOIDCScope("openid email profile");
    await grant.save();
    return grant;
  },
  ttl: {
    IdToken: 60,
    AccessToken: 600,
    AuthorizationCode: 60,
    Grant: 3600,
    Interaction: 3600,
    Session: 3600,
  },
});

server.on("request", provider.callback());
process.stdin.resume().on("end", () => process.exit(0));
console.log(issuer);
