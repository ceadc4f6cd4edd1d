// Gets a token with each of Adobe's JavaScript clients, unchanged, and prints `CLIENT TOKEN` for each.
import { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import tls from 'node:tls';

// The mock, its profile's values, and a TLS proxy in front of the mock.
const { origin, port, jwt, scopes, key, aem } = JSON.parse(process.env.MOCK);
const privateKey = readFileSync(key, 'utf8');
const log = Object.fromEntries(['debug', 'info', 'error'].map((level) => [level, () => {}]));

// The clients hard-code Adobe's host: it leads to the proxy, as an entry in /etc/hosts would have it.
const connect = tls.connect;
tls.connect = (options, ...rest) =>
    connect({ ...options, host: '127.0.0.1', port, servername: options.servername || options.host }, ...rest);
syncBuiltinESMExports();

const print = (client, token) => console.log(client, token);
const use = async (name) => { const all = await import(name); return all.default ?? all; };

const authorize = await use('@adobe/jwt-auth');
const account = {
    clientId: jwt.client_id, clientSecret: jwt.client_secret, orgId: jwt.org_id,
    technicalAccountId: jwt.technical_account_id, privateKey,
};
for (const ims of [origin, 'https://ims-na1.adobelogin.com', 'https://ims-na1-stg1.adobelogin.com']) {
    const full = jwt.metascopes.map((scope) => `https://ims-na1.adobelogin.com/s/${scope}`);
    for (const metaScopes of [jwt.metascopes, full]) {
        print(`jwt-auth at ${ims}`, (await authorize({ ...account, ims, metaScopes })).access_token);
    }
}

const { Ims } = await use('@adobe/aio-lib-ims');
const plugin = await use('@adobe/aio-lib-ims-jwt');
const context = { ...jwt, ims_org_id: jwt.org_id, meta_scopes: jwt.metascopes, private_key: privateKey };
for (const endpoint of [origin, undefined]) {
    for (const environment of ['prod', 'stage']) {
        const ims = new Ims(environment);
        ims.endpoint = endpoint ?? ims.endpoint;
        const byJwt = (await plugin.imsLogin(ims, context)).access_token;
        print(`aio-lib-ims-jwt at ${ims.endpoint}`, byJwt.token);
        if (Math.abs(byJwt.expiry - Date.now() - 86_400_000) > 60_000) throw new Error(`expiry ${byJwt.expiry}`);
        const credentials = [jwt.client_id, jwt.client_secret, jwt.org_id, scopes];
        const byOauth = (await ims.getAccessTokenByClientCredentials(...credentials)).access_token.token;
        print(`aio-lib-ims at ${ims.endpoint}`, byOauth);
        // The token tells which IMS it is from, which then validates it.
        if ((await Ims.fromToken(byOauth)).ims.env !== 'prod') throw new Error('the token is from another IMS');
        if (!(await ims.validateToken(byOauth)).valid) throw new Error('the token is not valid');
        const revoked = (await ims.getAccessTokenByClientCredentials(...credentials)).access_token.token;
        await ims.invalidateToken(revoked, jwt.client_id, jwt.client_secret);
        if ((await ims.validateToken(revoked)).valid) throw new Error('the revoked token is valid');
    }
}

const { getToken } = await use('@adobe/aem-headless-client-nodejs');
print('aem-headless-client', (await getToken(aem)).accessToken);

const s2s = { clientId: jwt.client_id, clientSecret: jwt.client_secret, orgId: jwt.org_id, scopes };
print('aio-lib-core-auth', (await (await use('@adobe/aio-lib-core-auth')).generateAccessToken(s2s)).access_token);

const scope = scopes.join(',');
const { auth } = await use('@adobe/auth-token');
for (const environment of ['prod', 'stage']) {
    print(`auth-token at ${environment}`, (await auth({ ...s2s, scope, environment })).access_token);
}

const { ServerToServerTokenProvider } = await use('@adobe/firefly-services-common-apis');
print('firefly-services', await new ServerToServerTokenProvider({ ...s2s, scopes: scope }).authenticate());

const { ImsClient } = await use('@adobe/spacecat-shared-ims-client');
const client = new ImsClient({ ...s2s, scope, imsHost: 'ims-na1.adobelogin.com' }, log);
print('spacecat-shared-ims-client', (await client.getServiceAccessTokenV3()).access_token);
process.exit(0);
