import { build } from 'vite';
import { gzipSync } from 'node:zlib';
const r = await build({ configFile: 'src/explorer/vite.config.ts', configLoader:'native', logLevel:'silent', build:{write:false, minify:true, rollupOptions:{output:{}}}});
const c = (Array.isArray(r)?r[0]:r).output.find(o=>o.type==='chunk');
const by={};
for (const [id,m] of Object.entries(c.modules)) { const k=id.includes('node_modules')?id.split('node_modules/')[1].split('/').slice(0,2).join('/'):id.replace(process.cwd(),''); by[k]=(by[k]??0)+m.renderedLength; }
console.log(Object.entries(by).sort((a,b)=>b[1]-a[1]).slice(0,25)); console.log(gzipSync(c.code,{level:9}).length);
console.log('raw', c.code.length, Object.values(by).reduce((a,b)=>a+b,0), Object.keys(by).length);
const own=Object.entries(by).filter(([k])=>k.startsWith('/src/explorer')).reduce((a,[,b])=>a+b,0); console.log('own', own);
const dirs={}; for(const [k,v] of Object.entries(by)) if(k.startsWith('/src/explorer')){const d=k.split('/').slice(3,5).join('/'); dirs[d]=(dirs[d]??0)+v;} console.log(Object.entries(dirs).sort((a,b)=>b[1]-a[1]));
import {writeFileSync} from 'node:fs'; writeFileSync('/tmp/bundle.js', c.code);
