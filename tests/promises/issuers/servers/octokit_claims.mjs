// Prints the JWT that Octokit signs for an App: octokit_claims.mjs APP KEY.
import {readFileSync} from 'node:fs';
import {createAppAuth} from '@octokit/auth-app';

const [appId, key] = process.argv.slice(2);
const auth = createAppAuth({appId, privateKey: readFileSync(key, 'utf8')});
console.log((await auth({type: 'app'})).token);
