// A request with `Authorization: jwt-credential [PROFILE]` gets the headers of that profile. Without a token it is not
// sent. If httpYac does not find this file, it sends the request unchanged.
const { spawnSync } = require('child_process');

const SCHEME = 'jwt-credential';

function headersFor(url, profile) {
  const args = ['json', `--for=${new URL(url).origin}/`];
  if (profile) args.push(`--profile=${profile}`);
  const answer = spawnSync('jwt-credential', args, { encoding: 'utf8' });
  if (answer.error) throw new Error(`jwt-credential cannot be run (${answer.error.code})`);
  if (answer.status !== 0) throw new Error(answer.stderr.trim());
  return JSON.parse(answer.stdout).headers;
}

module.exports = {
  environments: { $shared: { BASE_URL: 'https://platform.adobe.io' } },
  configureHooks(api) {
    api.hooks.onRequest.addHook(SCHEME, (request) => {
      const given = Object.keys(request.headers).find((name) => name.toLowerCase() === 'authorization');
      const [scheme, profile] = String(request.headers[given]).split(' ');
      if (scheme !== SCHEME) return;
      const headers = headersFor(request.url, profile);
      delete request.headers[given];
      const taken = Object.keys(request.headers).map((name) => name.toLowerCase());
      for (const [name, value] of Object.entries(headers)) {
        if (!taken.includes(name.toLowerCase())) request.headers[name] = value;
      }
    });
    api.hooks.responseLogging.addHook(SCHEME, (response) => {
      if (response.request?.headers?.authorization) response.request.headers.authorization = 'Bearer ***';
    });
  },
};
