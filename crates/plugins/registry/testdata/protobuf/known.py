"""Prints the well-known .proto files from their descriptors in a registry's canonical form.

Usage: known.py DIR  (PyPI: protobuf, googleapis-common-protos)
"""
import importlib, os, sys
from google.protobuf import descriptor_pb2 as d

FILES = ["google/protobuf/" + n for n in (
    "any api descriptor duration empty field_mask source_context struct timestamp type wrappers").split()] + [
    "google/type/" + n for n in (
    "calendar_period color date datetime dayofweek decimal expr fraction interval latlng money month "
    "phone_number postal_address quaternion timeofday").split()]
SCALARS = {v: k[5:].lower() for k, v in d.FieldDescriptorProto.Type.items()}
FILE_OPTIONS = [("java_package", 's'), ("java_outer_classname", 's'), ("java_multiple_files", 'b'),
    ("optimize_for", 'e'), ("go_package", 's'), ("cc_enable_arenas", 'b'), ("objc_class_prefix", 's'),
    ("csharp_namespace", 's')]

def indent(lines): return ["  " + l if l else l for l in lines]

def options(pairs):
    if not pairs: return ""
    if len(pairs) == 1: return " [" + pairs[0] + "]"
    return " [\n" + ",\n".join("  " + p for p in pairs) + "\n]"

def field(f, syntax, in_oneof):
    label = ""
    if f.label == f.LABEL_REPEATED: label = "repeated "
    elif f.proto3_optional: label = "optional "
    elif syntax == "proto2" and not in_oneof: label = {1: "optional ", 2: "required "}[f.label]
    pairs = []
    if f.options.HasField("packed"): pairs.append("packed = " + str(f.options.packed).lower())
    if f.options.HasField("deprecated"): pairs.append("deprecated = " + str(f.options.deprecated).lower())
    if f.HasField("default_value"):
        v = f.default_value
        pairs.append("default = " + ('"%s"' % v if f.type == f.TYPE_STRING else v))
    kind = f.type_name if f.type_name else SCALARS[f.type]
    return (f"{label}{kind} {f.name} = {f.number}" + options(pairs) + ";").split("\n")

def ranges(word, rs, inclusive):
    out = []
    for r in rs:
        end = r.end if inclusive else r.end - 1
        out.append(f"{word} {r.start};" if r.start == end else f"{word} {r.start} to {'max' if end >= 536870911 else end};")
    return out

def enum(e):
    body = ranges("reserved", e.reserved_range, True) + [f'reserved "{n}";' for n in e.reserved_name]
    values = ["option allow_alias = true;"] if e.options.allow_alias else []
    for v in e.value:
        values.append(f"{v.name} = {v.number}" + (" [deprecated = true]" if v.options.deprecated else "") + ";")
    return [f"enum {e.name} {{"] + indent(body + values) + ["}"]

def message(m, syntax):
    sections = []
    sections.append(ranges("reserved", m.reserved_range, False) + [f'reserved "{n}";' for n in m.reserved_name])
    sections.append(["option map_entry = true;"] if m.options.map_entry else [])
    plain = [f for f in m.field if not f.HasField("oneof_index") or f.proto3_optional]
    sections.append([l for f in plain for l in field(f, syntax, False)])
    oneofs = []
    for i, o in enumerate(m.oneof_decl):
        fs = [f for f in m.field if f.HasField("oneof_index") and f.oneof_index == i and not f.proto3_optional]
        if fs: oneofs += [f"oneof {o.name} {{"] + indent([l for f in fs for l in field(f, syntax, True)]) + ["}"]
    sections.append(oneofs)
    sections.append(ranges("extensions", m.extension_range, False))
    nested = []
    for n in m.nested_type: nested += message(n, syntax)
    for e in m.enum_type: nested += enum(e)
    sections.append(nested)
    sections = [s for s in sections if s]
    if not sections: return [f"message {m.name} {{}}"]
    out = [f"message {m.name} {{"]
    for i, s in enumerate(sections): out += ([""] if i else []) + indent(s)
    return out + ["}"]

def text(f):
    syntax = f.syntax or "proto2"
    out = [f'syntax = "{syntax}";', f"package {f.package};"]
    if f.dependency: out += [""] + [f'import "{i}";' for i in f.dependency]
    opts = []
    for name, kind in FILE_OPTIONS:
        if f.options.HasField(name):
            v = getattr(f.options, name)
            opts.append(f"option {name} = " + {'s': f'"{v}"', 'b': str(v).lower(),
                'e': d.FileOptions.OptimizeMode.Name(v) if name == "optimize_for" else ""}[kind] + ";")
    if opts: out += [""] + opts
    out.append("")
    for m in f.message_type: out += message(m, syntax)
    for e in f.enum_type: out += enum(e)
    return "\n".join(l.rstrip() for l in out) + "\n"

for name in FILES:
    module = importlib.import_module(name.replace("/", ".") + "_pb2")
    proto = d.FileDescriptorProto()
    module.DESCRIPTOR.CopyToProto(proto)
    path = os.path.join(sys.argv[1], name + ".proto")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    open(path, "w").write(text(proto))
