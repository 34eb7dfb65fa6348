"""Random records with their schemas, as envelopes of the JSON converter: envelopes.py SEED COUNT."""
import random, json, sys
r = random.Random(int(sys.argv[1])); 
prims = ["int8","int16","int32","int64","float","double","boolean","string","bytes"]
def val(s, depth=0):
    if s["optional"] and r.random()<.3: return None
    t=s["type"]; n=s.get("name","")
    if n.endswith(".Decimal"):
        import base64; return base64.b64encode(r.choice([b"\x00",b"\x7f",b"\x80\x01",b"\xff"])).decode()
    if n.endswith(".Date"): return r.randint(-1000,20000)
    if n.endswith(".Time"): return r.randint(0,86399999)
    if n.endswith(".Timestamp"): return r.randint(-10**12,2*10**12)
    if t=="int8": return r.randint(-128,127)
    if t=="int16": return r.randint(-32768,32767)
    if t=="int32": return r.choice([0,1,-1,63,64,-64,-65,2**31-1,-2**31])
    if t=="int64": return r.choice([0,1,-1,2**63-1,-2**63,r.randint(-10**15,10**15)])
    if t in("float",): return r.choice([0.5,-2.0,1.5,12.25,1e10])
    if t=="double": return r.choice([0.5,-2.0,12.2,1e100,-0.001])
    if t=="boolean": return r.random()<.5
    if t=="string": return r.choice(["","a","é😀","x\"y\\\n","long "*5])
    if t=="bytes": return r.choice(["","AA==","AP8=","aGVsbG8="])
    if t=="array": return [val(s["items"]) for _ in range(r.randint(0,3))]
    if t=="map":
        if s["keys"]["type"]=="string" : return {k:val(s["values"]) for k in r.sample(["a","b","cc","dd","Zz","k1"],r.randint(0,4))}
        out=[];seen=set()
        for _ in range(r.randint(0,2)):
            k=val(dict(s["keys"],optional=False))
            if str(k) in seen: continue
            seen.add(str(k)); out.append([k,val(s["values"])])
        return out
    if t=="struct": return {f["field"]:val(f) for f in s["fields"]}
cnt=[0]
def schema(depth):
    s={}
    k=r.random()
    if depth<3 and k<.15: s={"type":"array","items":schema(depth+1)}
    elif depth<3 and k<.3: s={"type":"map","keys":{"type":r.choice(["string","string","int32","int64"]),"optional":False},"values":schema(depth+1)}
    elif depth<3 and k<.5 or depth==0:
        s={"type":"struct","fields":[dict(schema(depth+1),field="f%d"%i) for i in range(r.randint(0,4))]}
        if r.random()<.7:
            cnt[0]+=1; s["name"]=r.choice(["com.acme.R%d","R%d","a.b.c.R%d"])%cnt[0]
    elif k<.62:
        n=r.choice(["Decimal","Date","Time","Timestamp"])
        s={"type":{"Decimal":"bytes","Date":"int32","Time":"int32","Timestamp":"int64"}[n],"name":"org.apache.kafka.connect.data."+n,"version":1}
        if n=="Decimal": s["parameters"]={"scale":str(r.choice([0,2,5]))}
    else:
        s={"type":r.choice(prims)}
        if r.random()<.15: cnt[0]+=1; s["name"]="com.P%d"%cnt[0]
    s["optional"]= r.random()<.4
    lg=s.get("name","").startswith("org.apache")
    if r.random()<.2 and not lg: s["version"]=r.randint(1,9)
    if r.random()<.2: s["doc"]=r.choice(["a doc","d\"q\"","é"])
    if r.random()<.2: s.setdefault("parameters",{}).update({"p":"1","q":"x"} if r.random()<.5 else {"avro.x":"y"})
    if r.random()<.25 and s["type"]!="struct":
        v=val(dict(s,optional=False))
        s["default"]=v
    return s
for _ in range(int(sys.argv[2])):
    cnt[0]=0
    s=schema(0); s["optional"]=False; s.pop("default",None)
    print(json.dumps({"schema":s,"payload":val(s)},ensure_ascii=False))
