// Package gorilla_fuzz checks gorilla/websocket against RFC 6455 in process.
package gorilla_fuzz

/*
#include "wsspec_decoder.h"

extern const struct wsspec_decoder go_decoder;
*/
import "C"

import (
	"runtime/cgo"
	"unsafe"
)

const (
	longest = 4096
	report  = 2048
)

// Check says what the decoder gets wrong about an input, and nothing if it gets it right.
func Check(input []byte) string {
	var text [report]C.char
	bytes := C.CBytes(input)
	defer C.free(bytes)
	result := C.wsspec_check(&C.go_decoder, (*C.uint8_t)(bytes), C.size_t(len(input)), &text[0], report)
	switch result {
	case C.WSSPEC_OK:
		return ""
	case C.WSSPEC_DISAGREES:
		return C.GoString(&text[0])
	default:
		return C.GoString(C.wsspec_error(result))
	}
}

// Generated is the input with this number.
func Generated(seed uint64) []byte {
	var input [longest]C.uint8_t
	size := C.wsspec_generate(C.uint64_t(seed), C.WSSPEC_TEXT_UNCHECKED, &input[0], longest)
	return C.GoBytes(unsafe.Pointer(&input[0]), C.int(size))
}

//export goCreate
func goCreate(ofClient C.uint8_t) C.uintptr_t {
	return C.uintptr_t(cgo.NewHandle(newDecoder(ofClient == 1)))
}

//export goDecode
func goDecode(handle C.uintptr_t, bytes *C.uint8_t, size C.size_t, events *C.struct_wsspec_events) C.int {
	decoder := cgo.Handle(handle).Value().(*decoder)
	seen, failed := decoder.decode(C.GoBytes(unsafe.Pointer(bytes), C.int(size)))
	for _, event := range seen {
		payload := (*C.uint8_t)(C.CBytes(event.payload))
		size := C.size_t(len(event.payload))
		switch event.kind {
		case textMessage, binaryMessage:
			isText := C.int(0)
			if event.kind == textMessage {
				isText = 1
			}
			C.wsspec_message(events, isText, payload, size)
		case pingFrame:
			C.wsspec_ping(events, payload, size)
		case pongFrame:
			C.wsspec_pong(events, payload, size)
		case closeFrame:
			C.wsspec_close(events, payload, size)
		}
		C.free(unsafe.Pointer(payload))
	}
	if failed != nil {
		why := C.CString(failed.Error())
		C.wsspec_rejection(events, -1, why)
		C.free(unsafe.Pointer(why))
		return 1
	}
	return 0
}

//export goDestroy
func goDestroy(handle C.uintptr_t) {
	cgo.Handle(handle).Value().(*decoder).end()
	cgo.Handle(handle).Delete()
}
