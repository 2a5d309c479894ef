# spectra.sh - common to tests of spectral programs; source after lib.sh

S=tests/files/spec
export S

# png COMMAND: the command prints a PNG file.
png() {
	sh -c "$1" >"$T/png" || return 1
	[ "$(head -c 4 "$T/png" | tail -c 3)" = PNG ]
}

# pack FILE HEADER DATA: writes a safetensors file; DATA has escapes of printf,
# HEADER is shorter than 64 KiB.
pack() {
	{
		printf "$(printf '\\%03o\\%03o\\0\\0\\0\\0\\0\\0' \
		    $((${#2} % 256)) $((${#2} / 256)))"
		printf %s "$2"
		printf "$3"
	} >"$1"
}

# F64: 1, infinity; 1e200, twice it, 1e-200, whose squares are out of range.
one64='\0\0\0\0\0\0\360\77' two64='\0\0\0\0\0\0\0\100' inf64='\0\0\0\0\0\0\360\177'
huge='\132\142\327\327\30\347\164\151' huger='\132\142\327\327\30\347\204\151'
tiny='\254\367\116\25\222\176\150\26'
zero64='\0\0\0\0\0\0\0\0'

# Valid matrices, and one of each kind that cannot be decomposed.
one='\0\0\200\77'
nan='\0\0\300\177'
inf='\0\0\200\377'
pack "$T/faults.safetensors" '{
"a.fine":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},
"b.nan":{"dtype":"F32","shape":[2,2],"data_offsets":[16,32]},
"c.inf":{"dtype":"F32","shape":[1,2],"data_offsets":[32,40]},
"d.complex":{"dtype":"C64","shape":[1,2],"data_offsets":[40,56]},
"e.empty":{"dtype":"F32","shape":[0,3],"data_offsets":[56,56]},
"f.zero":{"dtype":"F32","shape":[2,2],"data_offsets":[56,72]},
"g.vector":{"dtype":"F32","shape":[1],"data_offsets":[72,76]},
"h.index":{"dtype":"I32","shape":[1,2],"data_offsets":[76,84]},
"i.fine":{"dtype":"F32","shape":[1,1],"data_offsets":[84,88]}}' \
    "$one\0\0\0\0\0\0\0\0$one$one$one$one$nan$one$inf$one$one$one$one\
\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0$one$one$one$one"
