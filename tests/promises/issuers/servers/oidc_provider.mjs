// The npm package oidc-provider as an issuer: node oidc_provider.mjs PORT, run where it is installed. Its clients
// authenticate in every way, and the public keys are JWKs in the variable KEYS.
import { Provider, errors } from 'oidc-provider';

const [port] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const keys = JSON.parse(process.env.KEYS);
const client = (client_id, method, more) => ({
    client_id, token_endpoint_auth_method: method, grant_types: ['client_credentials'], redirect_uris: [], response_types: [], ...more,
});
const provider = new Provider(issuer, {
    clients: [
        client('by-key', 'private_key_jwt', { jwks: { keys } }),
        client('by-basic:/x', 'client_secret_basic', { client_secret: 's e%c+ret' }),
        client('by-post', 'client_secret_post', { client_secret: 'posted-secret' }),
        client('by-dpop', 'client_secret_post', { client_secret: 'posted-secret', dpop_bound_access_tokens: true }),
    ],
    scopes: ['read', 'write'],
    enabledJWA: { clientAuthSigningAlgValues: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'EdDSA'] },
    features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        dPoP: { enabled: true },
        resourceIndicators: {
            enabled: true,
            defaultResource: () => undefined,
            getResourceServerInfo(_, resource) {
                if (resource !== 'https://api.example.com') throw new errors.InvalidTarget();
                return { scope: 'read write', audience: resource, accessTokenFormat: 'jwt', accessTokenTTL: 600 };
            },
        },
    },
});
provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
