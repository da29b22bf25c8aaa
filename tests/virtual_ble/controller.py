"""One radio chip: bumble's virtual controller, with the behaviour of a real one where bumble 0.0.236 lacks it."""

from __future__ import annotations

import asyncio

from bumble import hci, ll
from bumble.controller import Connection, Controller

from tests.virtual_ble.radio import OneWay, Radio, Reception

LL_PACKET = 251
"""Octets of a link-layer packet with data length extension."""
MTU = LL_PACKET - 4
"""The largest ATT packet that one link-layer packet holds, so that nothing on this air is ever fragmented."""


class Chip(Controller):
    """A chip on the air; a sensor's has the sensor's `reception`, the adapter's has none."""

    link: Radio

    def __init__(self, name: str, radio: Radio, reception: Reception | None = None) -> None:
        super().__init__(name, link=radio)
        self.reception = reception
        self._ways: dict[hci.Address, OneWay] = {}
        self.le_acl_data_packet_length = self.supported_max_tx_octets = self.supported_max_rx_octets = LL_PACKET
        # Sensors advertise as Bluetooth 4 does (31 bytes), and hosts then expect its plain connection events.
        self.le_features &= ~(hci.LeFeatureMask.LL_PRIVACY | hci.LeFeatureMask.LE_EXTENDED_ADVERTISING)

    def leave(self) -> None:
        """Go off the air for good, without a word to anybody."""
        self.le_legacy_advertiser.stop()
        self.link.controllers.discard(self)
        for way in self._ways.values():
            way.close()
        self.host = None

    def listens_to(self, packet: ll.AdvertisingPdu) -> bool:
        """Tell whether the chip's receiver is on for such a packet."""
        if isinstance(packet, ll.ConnectInd):
            return self.reception is not None and not self.reception.deaf
        return self.le_scan_enable or self.pending_le_connection is not None

    # Data: bumble gives the host its credit back at once, so that a slow link would never fill a sensor's queue

    def on_hci_acl_data_packet(self, packet: hci.HCI_AclDataPacket) -> None:
        connection = self.find_le_connection_by_handle(packet.connection_handle)
        if connection is None:
            return
        way = self._ways.get(connection.peer_address)
        if way is None:
            receiver = self.link.chip_at(connection.peer_address)
            if receiver is None:
                return
            way = self._ways[connection.peer_address] = OneWay(self.link, self, receiver, connection)
        way.send(packet.data)

    def return_credit(self, connection: Connection) -> None:
        """Tell the host that one of its packets has been on the air."""
        self.send_hci_packet(
            hci.HCI_Number_Of_Completed_Packets_Event(connection_handles=[connection.handle], num_completed_packets=[1])
        )

    def resume(self) -> None:
        """Try again what waited while somebody was out of range."""
        for way in self._ways.values():
            way.resume()

    # Links: bumble stumbles over one that both sides end at the same time

    def on_le_disconnected(self, connection: Connection, reason: int) -> None:
        if self.le_connections.get(connection.peer_address) is not connection:
            return
        if (way := self._ways.pop(connection.peer_address, None)) is not None:
            way.close()
        super().on_le_disconnected(connection, reason)

    # Giving up a connect: bumble says yes, keeps trying, and never reports the end of it

    def on_hci_le_create_connection_cancel_command(
        self, _command: hci.HCI_LE_Create_Connection_Cancel_Command
    ) -> hci.HCI_StatusReturnParameters:
        pending = self.pending_le_connection
        if pending is None:
            return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR)
        self.pending_le_connection = None
        given_up = hci.HCI_LE_Connection_Complete_Event(
            status=hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
            connection_handle=0,
            role=hci.Role.CENTRAL,
            peer_address_type=pending.peer_address_type,
            peer_address=pending.peer_address,
            connection_interval=0,
            peripheral_latency=0,
            supervision_timeout=0,
            central_clock_accuracy=0,
        )
        asyncio.get_running_loop().call_soon(self.send_hci_packet, given_up)
        return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.SUCCESS)

    # Scanning: bumble repeats the advertisement as scan response, scans actively always, and hears all alike

    def on_advertising_pdu(self, pdu: ll.AdvInd | ll.AdvExtInd) -> None:
        advertiser = self.link.chip_at(pdu.advertiser_address)
        if advertiser is None:
            return
        if self.le_scan_enable:
            kind = hci.HCI_LE_Advertising_Report_Event.EventType
            self._report(advertiser, kind.ADV_IND, pdu.data)
            if self.le_scan_type:
                self._report(advertiser, kind.SCAN_RSP, bytes(advertiser.le_legacy_advertiser.scan_response_data))
        pending = self.pending_le_connection
        if pending is not None and pending.peer_address == pdu.advertiser_address:
            self.create_le_connection(pdu.advertiser_address)

    def _report(self, advertiser: Chip, kind: int, data: bytes) -> None:
        report = hci.HCI_LE_Advertising_Report_Event.Report(
            event_type=kind,
            address_type=advertiser.random_address.address_type,
            address=advertiser.random_address,
            data=data,
            rssi=advertiser.reception.rssi_dbm if advertiser.reception else 0,
        )
        self.send_hci_packet(hci.HCI_LE_Advertising_Report_Event([report]))
